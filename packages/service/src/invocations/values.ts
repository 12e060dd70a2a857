import { cidKey, decode, isMap, linksOf, type Block, type Value } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { Receipt } from '@ipvm/ucan'
import { answerBlocksBytesMax } from '../limits.ts'
import { linkedValues } from '../receipts/values.ts'

/** The blocks of the values of receipts that are too large to stand in them, as far as they have room; none that is secret. */
export async function valuesOf(
  receipts: readonly (Uint8Array | Pick<Receipt, 'out'>)[],
  store: Pick<Store, 'block' | 'isSecret'>,
): Promise<readonly Block[]> {
  const pending = receipts.flatMap(one => linkedValues(one instanceof Uint8Array ? outIn(one) : { ...one.out }))
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
