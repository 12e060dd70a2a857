import type { CID } from '@ipvm/ipld'
import type { JournalEntry, RunRecord } from '@ipvm/store'
import { lookMilliseconds } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'
import type { EndedRun, RunEvent, RunStop, SettledTask, FollowOptions } from '../run/event.ts'
import { onAbort } from '../world/on-abort.ts'
import { sleep } from '../engine/retry.ts'

/** What can be done about a run that goes on in another process. */
export interface Elsewhere {
  /** Aborts when this process stops; the run may go on. */
  readonly closing: AbortSignal
  /** Goes on with it here, if nobody else does any more. */
  takeOver(): Promise<EndedRun | undefined>
  cancel(): Promise<unknown>
}

/** Follows a run that goes on in another process, by its journal, until nothing more of it goes on. */
export async function elsewhere(
  run: CID,
  engine: Engine,
  { onEvent, signal }: FollowOptions,
  { takeOver, cancel: askToCancel, closing }: Elsewhere,
): Promise<EndedRun> {
  const { world } = engine
  const cancel = () => void askToCancel().catch(() => {})
  const stay = signal && onAbort(signal, cancel)
  if (signal?.aborted) cancel()
  let after = 0
  try {
    for (;;) {
      for (const entry of await engine.store.journal(run, after)) {
        after = entry.seq
        const event = await runEvent(entry, engine)
        if (event) onEvent?.(event)
      }
      const stopped = await stoppedRun(run, engine, closing.aborted ? 'halted' : undefined)
      if (stopped) return stopped
      const here = await takeOver()
      if (here) return here
      await sleep(lookMilliseconds, world, closing).catch(() => {})
    }
  } finally {
    stay?.()
  }
}

/** An entry of a journal as it is told, with its receipt; nothing where that is gone. */
export async function runEvent(
  { run, seq, at, event }: JournalEntry,
  { memo, store }: Engine,
): Promise<RunEvent | undefined> {
  if (event.type !== 'settled') return { run, seq, at, ...event }
  const receipt = await memo.receipt(event.receipt)
  if (!receipt) return undefined
  const [report, isSecret] = [await store.report(receipt.cid), await store.isSecret(receipt.cid)]
  return { run, seq, at, ...event, receipt, ...(report && { report }), ...(isSecret && { secret: true }) }
}

/** How a run stands, if nothing more of it goes on by itself, or `otherwise`. */
async function stoppedRun(run: CID, engine: Engine, otherwise?: RunStop): Promise<EndedRun | undefined> {
  const record = await engine.store.run(run)
  if (!record) throw new Error(`the run ${run} is in the store, for it was accepted`)
  const end = (await stopOf(record, engine)) ?? otherwise
  if (end === undefined) return undefined
  const tasks = new Map<string, SettledTask>()
  for (const { receipt: cid, ...task } of record.settled) {
    const receipt = await engine.memo.receipt(cid)
    if (!receipt) continue
    const isSecret = await engine.store.isSecret(cid)
    tasks.set(task.label, { ...task, receipt, ...(isSecret && { secret: true }) })
  }
  return { run, workflow: record.workflow, end, tasks }
}

async function stopOf({ end, suspended, run, seq }: RunRecord, { store }: Engine): Promise<RunStop | undefined> {
  if (end !== undefined) return end
  if (suspended) return 'suspended'
  const [last] = await store.journal(run, seq - 1)
  return last?.event.type === 'parked' ? 'unknown' : undefined
}
