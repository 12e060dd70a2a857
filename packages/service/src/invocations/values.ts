import { CID, cidKey, decode, isMap, linksOf, type Block, type Value } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { Receipt } from '@ipvm/ucan'
import { answerBlocksBytesMax } from '../limits.ts'

/** The blocks of the values of receipts that are too large to stand in them, as far as they have room; none that is secret. */
export async function valuesOf(
  receipts: readonly (Uint8Array | Pick<Receipt, 'out'>)[],
  store: Pick<Store, 'block' | 'isSecret'>,
): Promise<readonly Block[]> {
  const pending = receipts.flatMap(receipt => linksIn(receipt instanceof Uint8Array ? outIn(receipt) : receipt.out))
  if (pending.length === 0) return []
  const found = new Map<string, Block>()
  let room = answerBlocksBytesMax
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (found.has(cidKey(cid)) || (await store.isSecret(cid))) continue
    const bytes = await store.block(cid)
    if (!bytes) continue
    room -= bytes.length
    if (room < 0) break
    found.set(cidKey(cid), { cid, bytes })
    pending.push(...linksOf({ cid, bytes }))
  }
  return [...found.values()]
}

/** The outcome in a receipt's envelope. */
function outIn(receipt: Uint8Array): Value {
  const envelope = decode(receipt)
  if ('error' in envelope || !Array.isArray(envelope.ok)) return null
  const [, signed] = envelope.ok
  if (signed === undefined || !isMap(signed)) return null
  for (const payload of Object.values(signed)) {
    if (!isMap(payload) || payload.args === undefined || !isMap(payload.args)) continue
    return payload.args.out ?? null
  }
  return null
}

function linksIn(value: Value): CID[] {
  const found: CID[] = []
  const pending: Value[] = [value]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next instanceof CID) found.push(next)
    else if (Array.isArray(next)) for (const inner of next) pending.push(inner)
    else if (isMap(next)) for (const inner of Object.values(next)) pending.push(inner)
  }
  return found
}
