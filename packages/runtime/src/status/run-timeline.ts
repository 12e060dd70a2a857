import { CID, cidKey, ok, type Result } from '@ipvm/ipld'
import { decodeInvocation } from '@ipvm/ucan'
import type { RunRecord } from '@ipvm/store'
import { storedEvent } from '../event/stored.ts'
import { timelineReceiptsMax } from '../limits.ts'
import type { RequestFailure } from '../runs/requests.ts'
import type { Engine } from '../engine/engine.ts'
import { originOf } from '../submission/origin.ts'
import { timelineOf } from '../timeline/timeline-of.ts'
import type { TaskDetail, Timeline } from '../timeline/timeline.ts'
import { statusParts } from './run-status.ts'

/** A run along time. Failure: there is no such run, or what it is made of cannot be read. */
export async function runTimeline(
  run: CID,
  executor: string | undefined,
  engine: Engine,
): Promise<Result<Timeline, RequestFailure>> {
  const parts = await statusParts(run, executor, engine)
  if ('error' in parts) return parts
  const { record, ...rest } = parts.ok
  const [details, origin] = [await detailsOf(record, engine), await storedOrigin(record, engine)]
  return ok(timelineOf({ ...rest, details, ...(origin !== undefined && { origin }) }))
}

/** What receipts know of failures and the journal does not; of what comes of a secret, the name alone, as always. */
async function detailsOf({ settled }: RunRecord, { memo }: Engine): Promise<ReadonlyMap<string, TaskDetail>> {
  const details = new Map<string, TaskDetail>()
  const failed = settled.filter(({ how }) => how === 'failed' || how === 'caught')
  for (const { receipt: cid } of failed.slice(0, timelineReceiptsMax)) {
    const receipt = await memo.receipt(cid)
    if (receipt && 'error' in receipt.out) details.set(cidKey(cid), { failure: receipt.out.error.name })
  }
  return details
}

/** What started it: the event that it is for, or what its invocation says. */
async function storedOrigin({ invocation }: RunRecord, { store }: Engine): Promise<string | undefined> {
  const bytes = await store.block(invocation)
  const decoded = bytes && decodeInvocation(bytes)
  if (!decoded || 'error' in decoded) return undefined
  const { args, meta } = decoded.ok
  const event = args.event instanceof CID ? await storedEvent(args.event, store) : undefined
  return event && 'ok' in event ? `event ${event.ok.type} from ${event.ok.source}` : originOf(meta)
}
