import type { Command } from '../command.ts'
import { goOnWith } from '../load/ask.ts'
import { labelNamed, runNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'

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
      const label = labelNamed(call.positionals[1], 'retry')
      return await goOnWith(node, [run], { type: 'retry', label }, call)
    } finally {
      await node.close()
    }
  },
}
