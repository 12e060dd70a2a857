import { blockOf, linksOf } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import { sendOnAfter } from '../limits.ts'
import type { Asking, Others } from '../others/others.ts'
import type { Engine } from '../engine/engine.ts'
import { sleep } from '../engine/retry.ts'
import type { RunTask } from '../run/task.ts'
import { blocksBelow } from './content.ts'

/** What is sent on, and to whom. */
export interface SendingOn {
  readonly others: Others
  readonly asking: Asking
  /** Ends when the agent has answered. */
  readonly signal: AbortSignal
}

/**
 * Sends the receipts of what a task awaits on to who was asked for it, by the same bytes, where they are here and it has not
 * come to them itself after a moment: it may not reach those whose they are (ADR 103).
 */
export function sendOn({ awaits }: RunTask, sending: SendingOn, engine: Engine): void {
  for (const other of awaits) {
    if (!other.place.agent) continue
    const settling = other.settled ? Promise.resolve(other.settled) : other.whenSettled(sending.signal, () => {})
    settling
      .then(({ receipt }) => sendOne(receipt, sending, engine))
      // It is over, or it is asked for with the values where this did not help.
      .catch(() => {})
  }
}

async function sendOne(receipt: Receipt, { others, asking, signal }: SendingOn, engine: Engine): Promise<void> {
  await sleep(sendOnAfter, engine.world, signal)
  const value = await blocksBelow(linksOf(blockOf({ ...receipt.out })), engine.store)
  const more = { tokens: [...asking.tokens, receipt.bytes], blocks: [...asking.blocks, ...value] }
  await others.ask?.({ ...asking, ...more }, 0, signal)
}
