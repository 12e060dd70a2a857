import { blockOf, linksOf } from '@ipvm/ipld'
import { readReceipt, type Receipt } from '@ipvm/ucan'
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
    const receipt = await readReceipt(token)
    if ('error' in receipt || !(await isAwaited(receipt.ok, engine))) continue
    const { ran, out } = receipt.ok
    const blocks = brought.reached(linksOf(blockOf({ ...out })))
    engine.bringers.note(receipt.ok.iss, blocks)
    await engine.commits.commit({ receipts: [receipt.ok], blocks, results: resultsOf(receipt.ok, ran) })
    engine.memo.remember(receipt.ok)
    engine.arrivals.tell(receipt.ok)
  }
}

async function isAwaited({ ran, iss }: Receipt, { arrivals, store }: Engine): Promise<boolean> {
  if (!arrivals.isAwaited(ran)) return false
  const sub = await subjectOf(ran, store)
  return sub !== undefined && sameDid(sub, iss)
}
