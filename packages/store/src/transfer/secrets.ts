import { cidKey, type CID } from '@ipvm/ipld'
import { stepItemsMax } from '../limits.ts'
import { each } from '../retention/pages.ts'
import { Reach } from '../retention/reach.ts'
import { rootsOf } from '../retention/roots.ts'
import { eachRun } from '../retention/runs.ts'
import type { Store } from '../store.ts'

/**
 * What no export holds: what is marked as coming of a secret, and what only that refers to, such as the parts of a file
 * that is the result of a secret task.
 */
export async function secretsOf(store: Store): Promise<ReadonlyMap<string, CID>> {
  const marked = new Map((await store.listSecrets()).map(cid => [cidKey(cid), cid]))
  const beyond = new Map<string, CID>()
  for await (const cid of new Reach(store, () => true).from([...marked.values()])) beyond.set(cidKey(cid), cid)
  for (const key of marked.keys()) beyond.delete(key)
  if (beyond.size === 0) return marked
  const seen = new Set<string>()
  const open = new Reach(store, key => !marked.has(key) && !seen.has(key))
  for await (const roots of openRoots(store, beyond)) {
    for await (const cid of open.from(roots)) {
      seen.add(cidKey(cid))
      beyond.delete(cidKey(cid))
    }
  }
  return new Map([...marked, ...beyond])
}

/** What is there for its own sake; a block that no secret refers to may be what somebody has just brought. */
async function* openRoots(
  store: Store,
  beyond: ReadonlyMap<string, CID>,
): AsyncGenerator<readonly CID[], void, undefined> {
  yield* rootsOf(store)
  const runs = new Reach(store, () => true)
  for await (const run of eachRun(store, stepItemsMax)) yield runs.rootsOf(run)
  for await (const cid of each(page => store.listReceipts(page), stepItemsMax)) yield [cid]
  for await (const { cid } of each(page => store.listBlocks(page), stepItemsMax)) {
    if (!beyond.has(cidKey(cid))) yield [cid]
  }
}
