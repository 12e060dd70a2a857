import type { CID } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { Call, Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { storedNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'
import { print } from '../output.ts'

/** `ipvm pin [CID]` */
export const pin: Command = {
  usage: '[CID]',
  words: 1,
  summary:
    'Keeps a workflow (a run, a file, a receipt) and all that it needs through any gc; without a CID, lists what is kept.',
  examples: ['pin bafyrei…', 'pin last', 'pin'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const cid = await cidIn(call, node.store)
      if (!cid) {
        for (const pinned of await node.store.pins())
          print(call.json ? JSON.stringify({ cid: `${pinned}` }) : `${pinned}`)
        return exit.ok
      }
      if (!(await node.store.hasBlock(cid))) {
        throw new Stop({
          name: 'MissingBlock',
          message: `${cid} is not in the store, so it cannot be kept; see ipvm ps`,
        })
      }
      await node.store.commit({ pinned: [cid] })
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** `ipvm unpin CID` */
export const unpin: Command = {
  usage: 'CID',
  words: 1,
  summary: 'Lets gc take again what ipvm pin kept.',
  examples: ['unpin bafyrei…'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const cid = await cidIn(call, node.store)
      if (!cid) throw new Stop({ name: 'Usage', message: 'unpin needs a CID; ipvm pin lists what is pinned' })
      const isPinned = (await node.store.pins()).some(pinned => pinned.equals(cid))
      if (!isPinned) throw new Stop({ name: 'NotPinned', message: `${cid} is not pinned; ipvm pin lists what is` })
      await node.store.commit({ unpinned: [cid] })
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function cidIn({ positionals: [word] }: Call, store: Store): Promise<CID | undefined> {
  return word === undefined ? undefined : storedNamed(store, word)
}
