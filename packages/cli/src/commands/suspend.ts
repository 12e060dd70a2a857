import type { Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit } from '../exit.ts'
import { askOf } from '../load/ask.ts'
import { openRunNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'
import { print } from '../output.ts'

/** `ipvm suspend RUN` */
export const suspend: Command = {
  usage: 'RUN',
  words: 1,
  summary:
    'Stops a run where it is. What is under way is given up, a mutation is waited for; resume goes on from there.',
  examples: ['suspend last', 'suspend bafyreigh2'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const run = await openRunNamed(node.store, call.positionals[0], 'suspend')
      const done = await askOf(
        node,
        run,
        { type: 'suspend' },
        call,
        ({ suspended, end }) => suspended || end !== undefined,
      )
      if (done && call.json) print(JSON.stringify({ type: done.end ?? 'suspended', run: done.run.toString() }))
      else if (done) {
        const { run: id, end } = done
        print(
          end === undefined
            ? `Suspended ${id}; go on with: ${commandLine(['resume', id], call)}`
            : `It ended first: ${end}`,
        )
      }
      return done ? exit.ok : exit.interrupted
    } finally {
      await node.close()
    }
  },
}
