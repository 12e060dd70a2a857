import { blockOf, CID, linksOf } from '@ipvm/ipld'
import { decodeInvocation, readReceipt, type Invocation } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { Engine } from '../engine/engine.ts'
import type { Brought } from '../submission/brought.ts'
import { resultsOf, subjectOf } from './awaited.ts'

/**
 * Takes receipts that came along with a request: those that are awaited here, of tasks that the agent that signed them was to
 * do. All others count for nothing.
 */
export async function hear(tokens: readonly Uint8Array[], brought: Brought, engine: Engine): Promise<void> {
  for (const token of tokens) {
    const decoded = decodeInvocation(token)
    // Before its signature is looked at: whoever brings hundreds that nobody awaits makes nobody work.
    if ('error' in decoded || !(await isAwaited(decoded.ok, engine))) continue
    const receipt = await readReceipt(token)
    if ('error' in receipt) continue
    const { ran, out } = receipt.ok
    const blocks = brought.reached(linksOf(blockOf({ ...out })))
    engine.bringers.note(receipt.ok.iss, blocks)
    await engine.commits.commit({ receipts: [receipt.ok], blocks, results: resultsOf(receipt.ok, ran) })
    engine.memo.remember(receipt.ok)
    engine.arrivals.tell(receipt.ok)
  }
}

async function isAwaited({ args: { ran }, iss }: Invocation, { arrivals, store }: Engine): Promise<boolean> {
  if (!(ran instanceof CID) || !arrivals.isAwaited(ran)) return false
  const sub = await subjectOf(ran, store)
  return sub !== undefined && sameDid(sub, iss)
}
