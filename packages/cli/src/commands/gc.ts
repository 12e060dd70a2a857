import { collectGarbage, type Amount, type Collection } from '@ipvm/store'
import type { Command } from '../command.ts'
import { size } from '../display/display.ts'
import { exit } from '../exit.ts'
import { parseAge, parseCount, parseSize } from '../load/amount.ts'
import { openNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm gc` */
export const gc: Command = {
  usage: '',
  words: 0,
  summary:
    'Frees space: files that nothing refers to and, over a quota, the runs and receipts used longest ago. What is pinned or has a name stays.',
  examples: ['gc --dry-run', 'gc --max-size 2GB', 'gc --older-than 1d'],
  options: {
    'max-size': { summary: 'how much may stay, such as 500MB or 2GiB', value: 'SIZE' },
    'max-receipts': { summary: 'how many receipts may stay', value: 'COUNT' },
    'older-than': { summary: 'how long files are left alone that nothing refers to (7d)', value: 'AGE' },
    'dry-run': { summary: 'only say what would go' },
  },
  run: async call => {
    const [bytes, count, age] = [call.value('max-size'), call.value('max-receipts'), call.value('older-than')]
    const quota = {
      ...(bytes !== undefined && { bytesMax: parseSize(bytes) }),
      ...(count !== undefined && { receiptsMax: parseCount(count) }),
      ...(age !== undefined && { unusedSeconds: parseAge(age) }),
    }
    const isDryRun = call.has('dry-run')
    const node = await openNode(call)
    try {
      const now = Math.floor(Date.now() / 1000)
      const done = await collectGarbage(node.store, { now, isDryRun, ...quota })
      if (call.json) print(JSON.stringify(done))
      else print(sentence(done, isDryRun))
      for (const note of notes(done)) say(`ipvm: ${note}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

function sentence({ before, removed, runs }: Collection, isDryRun: boolean): string {
  const left = { blocks: before.blocks - removed.blocks, bytes: before.bytes - removed.bytes }
  const verb = isDryRun ? 'Would remove' : 'Removed'
  const what = `${runs} runs, ${amount(removed)}`
  return `${verb} ${what}; ${size(left.bytes)} in ${left.blocks} blocks ${isDryRun ? 'would stay' : 'stay'}`
}

function amount({ blocks, bytes, receipts }: Amount): string {
  return `${receipts} receipts and ${blocks - receipts} other blocks, ${size(bytes)}`
}

function notes({ heldBy, isOverQuota }: Collection): readonly string[] {
  if (heldBy === 'runs under way') return ['runs are under way, and may need any receipt; run gc again when they ended']
  if (heldBy !== undefined) return ['a run began meanwhile, so the rest was left alone; run gc again']
  return isOverQuota
    ? ['more than that is pinned, has a name or was used just now; see ipvm pin, ipvm names, and --older-than']
    : []
}
