import { CID, cidKey, isMap, nameOf, type Value, type ValueMap } from '@ipvm/ipld'
import { decodeInvocation, resolvedName, type Receipt } from '@ipvm/ucan'
import type { Contradiction } from './housekeeping.ts'
import type { Change, ResultIndex, Store } from './store.ts'

type Known = Pick<Store, 'block' | 'resultsFor'>

/** What is written with a receipt that came from elsewhere: what it settles, and which results it contradicts. */
export async function settledBy(
  store: Known,
  receipt: Receipt,
): Promise<Required<Pick<Change, 'results' | 'equivocations'>>> {
  return { results: await resultsOf(store, receipt), equivocations: await contradicts(store, receipt) }
}

/** With which results of its task a receipt does not agree: both stay, and somebody has to find out who is wrong. */
export async function contradicts(store: Known, receipt: Receipt): Promise<readonly Contradiction[]> {
  const { cid, profile, exp } = receipt
  if (profile === undefined || isOwn(profile) || exp !== null) return []
  const task = resolvedName(receipt)
  const own = resultOf(receipt.bytes)
  const others: CID[] = []
  for (const known of await store.resultsFor(task, profile)) {
    if (known.equals(cid)) continue
    const bytes = await store.block(known)
    const other = bytes && resultOf(bytes)
    if (other !== undefined && other !== own) others.push(known)
  }
  return others.length > 0 ? [{ task, profile, receipts: [...others, cid] }] : []
}

/** What a receipt says of its task, so that two are the same where they say the same; the words of an error are the host's. */
function resultOf(bytes: Uint8Array): string | undefined {
  const token = decodeInvocation(bytes)
  if ('error' in token || !isMap(token.ok.args.out)) return undefined
  const { out, fx = null } = token.ok.args
  return cidKey(nameOf({ said: saidBy(out), fx }))
}

/** What an outcome says of its task: two agree where this is the same. The words of an error are the host's, not the task's. */
export function saidBy(out: ValueMap): Value {
  const { ok: value = null, error: failure } = out
  return isMap(failure) ? { error: failure.name ?? null, value: failure.value ?? null } : { ok: value }
}

/**
 * What a receipt settles that came from elsewhere, by what it says itself: an index that came along could say anything.
 * The name that was asked for counts too where all that went in does so (design § Asked and resolved names).
 */
async function resultsOf(store: Known, receipt: Receipt): Promise<readonly ResultIndex[]> {
  const { cid, ran, from = [], profile, exp } = receipt
  if (profile === undefined || isOwn(profile) || exp !== null) return []
  const resolved = resolvedName(receipt)
  const lasting = await Promise.all(from.map(source => isLasting(store, source)))
  const names = resolved.equals(ran) || !lasting.every(Boolean) ? [resolved] : [ran, resolved]
  return names.map(name => ({ name, profile, receipt: cid }))
}

/**
 * Whether results are found under this that are a node's own alone: those of its effects, which have no profile, the
 * answers to its queries, and what it has sealed. Whoever writes that into a receipt would settle what is this node's to do, and to say.
 */
function isOwn(profile: string): boolean {
  return profile === '' || profile === 'query' || profile.endsWith(' sealed')
}

/** Whether a receipt settles the name that it was asked for under, beyond its run. It was verified when it came. */
async function isLasting(store: Known, source: CID): Promise<boolean> {
  const bytes = await store.block(source)
  const token = bytes && decodeInvocation(bytes)
  if (!token || 'error' in token) return false
  const { ran, profile } = token.ok.args
  if (!(ran instanceof CID) || typeof profile !== 'string') return false
  return (await store.resultsFor(ran, profile)).some(known => known.equals(source))
}
