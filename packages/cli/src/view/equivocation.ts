import type { IpvmNode } from '@ipvm/node'
import type { Equivocation } from '@ipvm/store'
import { readReceipt, resolvedName, type Receipt } from '@ipvm/ucan'

/** One of the results of a task that contradict each other. */
export interface SignedResult {
  readonly receipt: Receipt
  /** Whether it was found to be wrong, and counts no more. */
  readonly isRefuted: boolean
}

/** The receipts of a task whose results contradict each other, their signatures checked. */
export async function signedResults(node: IpvmNode, one: Equivocation): Promise<readonly SignedResult[]> {
  const found: SignedResult[] = []
  for (const cid of one.receipts) {
    const bytes = await node.block(cid)
    const receipt = 'ok' in bytes && (await readReceipt(bytes.ok))
    if (!receipt || 'error' in receipt) continue
    found.push({ receipt: receipt.ok, isRefuted: one.refuted.some(other => other.equals(cid)) })
  }
  return found
}

/** What is to be said of a receipt that others contradict; nothing where none do. */
export async function contradictionText(
  { store }: Pick<IpvmNode, 'store'>,
  receipt: Pick<Receipt, 'cid' | 'ran' | 'as' | 'profile'>,
): Promise<string | undefined> {
  const { cid, profile } = receipt
  const one = profile === undefined ? undefined : await store.equivocation(resolvedName(receipt), profile)
  if (!one) return undefined
  if (one.refuted.some(other => other.equals(cid)))
    return 'wrong: another run came to something else; it counts no more'
  const others = one.receipts.length - one.refuted.length - 1
  return others > 0 ? `contradicted by ${others} other results; ipvm equivocations lists them` : undefined
}
