import { cidKey, linksOf, type Block, type CID, type Value } from '@ipvm/ipld'
import { decodeInvocation, type Receipt } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { answerBlocksBytesMax } from '../limits.ts'
import type { Room } from './handler.ts'
import { linkedValues } from '../receipts/values.ts'

/**
 * The blocks of the values of receipts that are too large to stand in them, as far as they have room; none that is secret.
 * Only of receipts of this node and of executors that count here: anybody else may link to whatever they would like to have.
 */
export async function valuesOf(
  receipts: readonly (Uint8Array | Pick<Receipt, 'iss' | 'out'>)[],
  { signer, store }: Pick<ServiceContext, 'signer' | 'store'>,
  room: Room = { left: answerBlocksBytesMax },
): Promise<readonly Block[]> {
  const pending: CID[] = []
  for (const receipt of receipts) {
    const said = receipt instanceof Uint8Array ? saidIn(receipt) : { iss: receipt.iss, out: { ...receipt.out } }
    const links = said ? linkedValues(said.out) : []
    if (!said || links.length === 0) continue
    if (sameDid(said.iss, signer.did) || (await store.trusts(said.iss))) pending.push(...links)
  }
  if (pending.length === 0) return []
  const found = new Map<string, Block>()
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (found.has(cidKey(cid)) || (await store.isSecret(cid))) continue
    const bytes = await store.block(cid)
    if (!bytes) continue
    if (bytes.length > room.left) break
    room.left -= bytes.length
    found.set(cidKey(cid), { cid, bytes })
    pending.push(...linksOf({ cid, bytes }))
  }
  return [...found.values()]
}

/** The outcome in a receipt's envelope, and whose it is. It was verified when it came. */
function saidIn(receipt: Uint8Array): { readonly iss: Did; readonly out: Value } | undefined {
  const token = decodeInvocation(receipt)
  return 'ok' in token ? { iss: token.ok.iss, out: token.ok.args.out ?? null } : undefined
}
