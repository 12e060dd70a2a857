import type { Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit } from '../exit.ts'
import { askOf } from '../load/ask.ts'
import { labelIn, runNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'
import { print, printable } from '../output.ts'

/** `ipvm retry RUN LABEL` */
export const retry: Command = {
  usage: 'RUN LABEL',
  words: 2,
  summary:
    'Settles a task anew that failed, with all that came of its failure; or does a mutation again of which you know that it did not happen.',
  examples: ['retry last fetch', 'retry bafyreigh2 send-mail'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const run = await runNamed(node.store, call.positionals[0], 'retry')
      const label = await labelIn(node, run, call.positionals[1], 'retry')
      const done = await askOf(node, run, { type: 'retry', label }, { call, isDone: () => true })
      if (done && !call.json) print(`${printable(label)} is tried again; see: ${commandLine(['show', run.run], call)}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
