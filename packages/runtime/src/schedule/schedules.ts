import type { CID } from '@ipvm/ipld'
import { invoke, printTime } from '@ipvm/ucan'
import type { ScheduleRecord } from '@ipvm/store'
import type { DueRuns, Schedule } from '@ipvm/workflow/schedule'
import { runCommand } from '../submission/request.ts'
import type { Engine } from '../engine/engine.ts'
import { originKey } from '../submission/origin.ts'

/** How long it is until it is looked what is due, at most, milliseconds: clocks jump, and others write schedules. */
const lookMillisecondsMax = 30_000

/** How long it is until what found no place is asked for again, seconds. */
const againSeconds = 1

/** Begins a run for what is due; the same request again is no new run. */
export type Begin = (invocation: Awaited<ReturnType<typeof invoke>>) => Promise<{ readonly ok: CID } | Refused>

interface Refused {
  readonly error: { readonly name: string; readonly message: string }
}

/** Told of a schedule whose workflow could not be run, or that was due while nobody was there. */
export type OnSchedule = (news: ScheduleNews) => void

/** What is told of a schedule. */
export interface ScheduleNews {
  readonly schedule: CID
  readonly type: 'refused' | 'missed' | 'begun'
  readonly message: string
}

/** Runs what is due, while this process has the right to run the store's workflows (design § Run a workflow). */
export class Schedules {
  readonly #engine: Engine
  readonly #begin: Begin
  readonly #onNews: OnSchedule
  #cancel: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(engine: Engine, begin: Begin, onNews: OnSchedule) {
    this.#engine = engine
    this.#begin = begin
    this.#onNews = onNews
  }

  /** Looks now what is due, and again when the next is. */
  look(): void {
    this.#cancel?.()
    this.#looking = this.#looking.then(async () => {
      if (this.#isClosed) return
      // What cannot be read now is looked at the next time.
      const next = await this.#lookOnce().catch(() => undefined)
      this.#cancel?.()
      const wait = next === undefined ? lookMillisecondsMax : next * 1000 - this.#engine.world.date()
      if (!this.#isClosed) {
        const milliseconds = Math.max(0, Math.min(wait, lookMillisecondsMax))
        this.#cancel = this.#engine.world.after(milliseconds, () => this.look())
      }
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await this.#looking
  }

  /** Runs what is due; when the next is. The others are not looked at, however many there are. */
  async #lookOnce(): Promise<number | undefined> {
    const { store, world } = this.#engine
    const { due, next } = await store.dueSchedules(world.now())
    let first = next
    for (const record of due) {
      const again = await this.#take(record)
      if (again !== undefined && (first === undefined || again < first)) first = again
    }
    return first
  }

  async #take(record: ScheduleRecord): Promise<number | undefined> {
    const { store, world, commits } = this.#engine
    const now = world.now()
    if (record.due === undefined) return undefined
    const { dueRuns, nextDue, readSchedule } = await import('@ipvm/workflow/schedule')
    const bytes = await store.block(record.schedule)
    const schedule = bytes && readSchedule(bytes)
    if (!schedule || 'error' in schedule) {
      this.#onNews({ schedule: record.schedule, type: 'refused', message: 'its document is gone or damaged' })
      return undefined
    }
    const asked = dueRuns(schedule.ok, record.last ?? record.due - 1, now)
    for (const at of asked.run) {
      const isTaken = await this.#run(record.schedule, schedule.ok, at)
      // What finds no place now is asked for again.
      if (!isTaken) return now + againSeconds
    }
    this.#tellMissed(record.schedule, asked)
    const due = nextDue(schedule.ok, asked.settled)
    const settled = { schedule: record.schedule, workflow: record.workflow, last: asked.settled }
    const missed = record.missed + asked.missed
    // Somebody may have taken it away meanwhile.
    if (!(await store.schedule(record.schedule))) return undefined
    // Written after its runs are: cut off between the two, it asks for the same runs again, which are none anew.
    await commits.commit({ schedules: [{ ...settled, missed, ...(due !== undefined && { due }) }] })
    return due
  }

  /** Has it run; false where nothing is taken on at the moment. */
  async #run(schedule: CID, { workflow }: Schedule, due: number): Promise<boolean> {
    const { signer } = this.#engine
    const { runNonce } = await import('@ipvm/workflow/schedule')
    const nonce = runNonce(schedule, due)
    // The same for the same time, so that asking again is the same request.
    const meta = { [originKey]: `schedule ${schedule.toString().slice(0, 16)}…, due ${printTime(due)}` }
    const fields = { sub: signer.did, cmd: runCommand, args: { workflow }, nonce, exp: null, meta }
    const began = await this.#begin(await invoke(fields, signer))
    if ('error' in began && (began.error.name === 'Busy' || began.error.name === 'StoreFull')) return false
    if ('ok' in began) this.#onNews({ schedule, type: 'begun', message: `run ${began.ok}` })
    else if (began.error.name !== 'Replayed') this.#onNews({ schedule, type: 'refused', message: began.error.message })
    return true
  }

  #tellMissed(schedule: CID, { missed, run }: DueRuns): void {
    if (missed === 0) return
    const message = `it was due ${missed} ${missed === 1 ? 'time' : 'times'} while nobody was there; run now: ${run.length}`
    this.#onNews({ schedule, type: 'missed', message })
  }
}

/** Keeps a schedule from now on; when it is due first, where it is at all. */
export async function addSchedule(schedule: Schedule, { world, commits }: Engine): Promise<ScheduleRecord> {
  const { nextDue, scheduleBlock } = await import('@ipvm/workflow/schedule')
  const block = scheduleBlock(schedule)
  const last = world.now()
  const due = nextDue(schedule, last)
  const record = {
    schedule: block.cid,
    workflow: schedule.workflow,
    last,
    missed: 0,
    ...(due !== undefined && { due }),
  }
  await commits.commit({ blocks: [block], schedules: [record] })
  return record
}
