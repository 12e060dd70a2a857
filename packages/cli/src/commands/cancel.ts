import type { Command } from '../command.ts'
import { exit } from '../exit.ts'
import { askOf } from '../load/ask.ts'
import { openRunNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'
import { print, say } from '../output.ts'
import { doubtLines } from '../view/status.ts'

/** `ipvm cancel RUN` */
export const cancel: Command = {
  usage: 'RUN',
  words: 1,
  summary:
    'Ends a run for good. What is settled stays and is reused; guests are stopped, a mutation under way is waited for.',
  examples: ['cancel last', 'cancel bafyreigh2'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const run = await openRunNamed(node.store, call.positionals[0], 'cancel')
      const done = await askOf(node, run, { type: 'cancel' }, call, ({ end }) => end !== undefined)
      if (done && call.json) print(JSON.stringify({ type: done.end ?? 'suspended', run: done.run.toString() }))
      else if (done) {
        const { run: id, end, settled } = done
        const kept = `${settled.length} settled tasks are kept`
        print(end === 'cancelled' ? `Cancelled ${id}; ${kept}` : `It ended first: ${end}`)
        const status = await node.runtime.status(id)
        for (const line of 'ok' in status ? doubtLines(status.ok.tasks) : []) say(`ipvm: ${line}`)
      }
      return done ? exit.ok : exit.interrupted
    } finally {
      await node.close()
    }
  },
}
