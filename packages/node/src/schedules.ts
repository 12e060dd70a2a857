import { setTimeout as wait } from 'node:timers/promises'
import { error, ok, readBlock, type CID, type Failure, type Result, type Unit } from '@ipvm/ipld'
import type { ScheduleRecord, Store } from '@ipvm/store'
import type { UnixSeconds } from '@ipvm/ucan'
import { dueRuns, nextDue, readSchedule, runNonce, scheduleBlock, type Schedule } from '@ipvm/workflow/schedule'
import { lookForDueMilliseconds } from './limits.ts'

/** There is no schedule of this name. */
export interface UnknownSchedule extends Failure {
  readonly name: 'UnknownSchedule'
}

/** It will never be due. */
export interface NeverDue extends Failure {
  readonly name: 'NeverDue'
}

/** What keeps schedules, and has their workflows run when they are due. */
export interface ScheduleParts {
  readonly store: Store
  readonly now: () => UnixSeconds
  /** Has a stored workflow run; the same nonce asks for the same run, and is refused as `Replayed` the second time. */
  readonly accept: (workflow: CID, nonce: Uint8Array) => Promise<Result<CID, Failure>>
}

/** What became of a time at which a schedule was due. */
export interface DueRun {
  readonly schedule: CID
  readonly due: UnixSeconds
  /** Absent where it was missed, and the schedule says that such times are let be. */
  readonly run?: Result<CID, Failure>
  /** How many times were missed before it, since nobody was there to run it. */
  readonly missed: number
}

/** The schedules of a node: they are kept in its store, and run by whoever runs its workflows. */
export class Schedules {
  readonly #parts: ScheduleParts

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  /** Keeps a schedule, from now on; the same one again changes nothing. Failure: that it will never be due. */
  async add(schedule: Schedule): Promise<Result<ScheduleRecord, NeverDue>> {
    const { store, now } = this.#parts
    const block = scheduleBlock(schedule)
    const known = (await store.schedules()).find(record => record.schedule.equals(block.cid))
    if (known) return ok(known)
    const due = nextDue(schedule, now())
    if (due === undefined) return error({ name: 'NeverDue', message: 'it will never be due: its time is over' })
    const record = { schedule: block.cid, workflow: schedule.workflow, due, missed: 0 }
    await store.commit({ blocks: [block], schedules: [record] })
    return ok(record)
  }

  /** Lets go of a schedule; runs that it began go on. */
  async remove(cid: CID): Promise<Result<Unit, UnknownSchedule>> {
    const { store } = this.#parts
    if (!(await store.schedules()).some(({ schedule }) => schedule.equals(cid))) {
      return error({
        name: 'UnknownSchedule',
        message: `${cid} is no schedule of this node; ipvm schedules lists them`,
      })
    }
    await store.commit({ unscheduled: [cid] })
    return ok({})
  }

  /** Has run what is due, and tells of each, until `signal` aborts. One process of a node does this at a time. */
  async *keep(signal: AbortSignal): AsyncGenerator<DueRun, void, undefined> {
    while (!signal.aborted) {
      for (const record of await this.#parts.store.schedules()) yield* this.#runDue(record)
      await wait(lookForDueMilliseconds, undefined, { signal }).catch(() => {})
    }
  }

  /**
   * Has run what a schedule asks for now. The run is accepted before the schedule moves on: cut off in between, it is
   * asked for again, and is known.
   */
  async *#runDue(record: ScheduleRecord): AsyncGenerator<DueRun, void, undefined> {
    const { store, now, accept } = this.#parts
    const { schedule: cid, due } = record
    if (due === undefined || due > now()) return
    const bytes = await readBlock(cid, block => store.block(block))
    const read = 'ok' in bytes ? readSchedule(bytes.ok) : bytes
    if ('error' in read) {
      await store.commit({ schedules: [withoutDue(record)] })
      yield { schedule: cid, due, run: read, missed: 0 }
      return
    }
    const schedule = read.ok
    const { run, missed, settled } = dueRuns(schedule, due - 1, now())
    for (const [i, time] of run.entries()) {
      const accepted = await accept(schedule.workflow, runNonce(cid, time))
      if ('error' in accepted && isForNow(accepted.error)) return
      const isKnown = 'error' in accepted && accepted.error.name === 'Replayed'
      if (!isKnown) yield { schedule: cid, due: time, run: accepted, missed: i === 0 ? missed : 0 }
    }
    if (run.length === 0 && missed > 0) yield { schedule: cid, due: settled, missed }
    const next = nextDue(schedule, settled)
    const moved = { ...withoutDue(record), last: settled, missed: record.missed + missed }
    await store.commit({ schedules: [next === undefined ? moved : { ...moved, due: next }] })
  }
}

/** Nothing is taken on now, and may be in a while. */
function isForNow({ name }: Failure): boolean {
  return name === 'Busy' || name === 'StoreFull'
}

function withoutDue({ due: _, ...record }: ScheduleRecord): ScheduleRecord {
  return record
}
