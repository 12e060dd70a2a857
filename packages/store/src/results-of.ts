import { CID } from '@ipvm/ipld'
import { decodeInvocation, resolvedName, type Receipt } from '@ipvm/ucan'
import type { ResultIndex, Store } from './store.ts'

/**
 * What a receipt settles that came from elsewhere, by what it says itself: an index that came along could say anything.
 * The name that was asked for counts too where all that went in does so (design § Asked and resolved names).
 */
export async function resultsOf(
  store: Pick<Store, 'block' | 'resultsFor'>,
  receipt: Receipt,
): Promise<readonly ResultIndex[]> {
  const { cid, ran, from = [], profile, exp } = receipt
  if (profile === undefined || exp !== null) return []
  const resolved = resolvedName(receipt)
  const lasting = await Promise.all(from.map(source => isLasting(store, source)))
  const names = resolved.equals(ran) || !lasting.every(Boolean) ? [resolved] : [ran, resolved]
  return names.map(name => ({ name, profile, receipt: cid }))
}

/** Whether a receipt settles the name that it was asked for under, beyond its run. It was verified when it came. */
async function isLasting(store: Pick<Store, 'block' | 'resultsFor'>, source: CID): Promise<boolean> {
  const bytes = await store.block(source)
  const token = bytes && decodeInvocation(bytes)
  if (!token || 'error' in token) return false
  const { ran, profile } = token.ok.args
  if (!(ran instanceof CID) || typeof profile !== 'string') return false
  return (await store.resultsFor(ran, profile)).some(known => known.equals(source))
}
