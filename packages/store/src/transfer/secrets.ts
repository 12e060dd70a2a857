import { cidKey } from '@ipvm/ipld'
import { stepItemsMax } from '../limits.ts'
import { each } from '../retention/pages.ts'
import { Reach } from '../retention/reach.ts'
import type { Store } from '../store.ts'

/**
 * What no export holds: what is marked as coming of a secret, and what only that refers to, such as the parts of a file
 * that is the result of a secret task.
 */
export async function secretKeys(store: Store): Promise<ReadonlySet<string>> {
  const marked = await store.listSecrets()
  const secret = new Set(marked.map(cidKey))
  const beyond = new Set<string>()
  for await (const cid of new Reach(store, () => true).from(marked)) beyond.add(cidKey(cid))
  for (const key of secret) beyond.delete(key)
  if (beyond.size === 0) return secret
  const seen = new Set<string>()
  const open = new Reach(store, key => !secret.has(key) && !seen.has(key))
  for await (const { cid } of each(page => store.listBlocks(page), stepItemsMax)) {
    if (beyond.has(cidKey(cid)) && !seen.has(cidKey(cid))) continue
    for await (const reached of open.from([cid])) {
      seen.add(cidKey(reached))
      beyond.delete(cidKey(reached))
    }
  }
  return new Set([...secret, ...beyond])
}
