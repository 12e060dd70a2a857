import type { Command } from '../command.ts'
import { goOnWith } from '../load/ask.ts'
import { openRunNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'
import { print } from '../output.ts'

/** `ipvm resume [RUN…]` */
export const resume: Command = {
  usage: '[RUN…]',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Goes on with runs that were suspended or cut off, from where they were; without a RUN, with all that were. What is settled is not done again.',
  examples: ['resume', 'resume last', 'resume bafyreigh2'],
  options: { out: { summary: 'write results that are bytes into a folder', value: 'DIR', short: 'o' } },
  run: async call => {
    const node = await openNode(call)
    try {
      const open = await node.store.openRuns()
      const words = call.positionals.length > 0 ? call.positionals : open.map(({ run }) => run.toString())
      const runs = await Promise.all(words.map(word => openRunNamed(node.store, word, 'resume')))
      if (runs.length === 0 && !call.json) print('Nothing is to be resumed: all runs have ended')
      return await goOnWith(node, runs, { type: 'resume' }, call)
    } finally {
      await node.close()
    }
  },
}
