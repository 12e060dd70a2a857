import type { JournalEvent } from '@ipvm/store'
import { Stopped } from '../effect/mutation.ts'
import type { RunJournal } from '../journal/run-journal.ts'
import type { RunStop } from './event.ts'
import type { StopKind } from './parts.ts'

const stops = { cancel: 'cancelled', suspend: 'suspended', halt: 'halted' } as const

/** How a run ends: by itself, since it is stopped, or by a fault of the host; whatever comes first. */
export class Ending {
  readonly #journal: RunJournal
  readonly #stop = new AbortController()
  readonly #done = Promise.withResolvers<RunStop>()
  readonly #isCancelling: boolean
  #kind: StopKind | undefined
  /** Its last entry is being written. */
  #isLast = false
  #isOver = false
  #fault: { readonly reason: unknown } | undefined

  /** @param isCancelling whether its journal says already that it is to be cancelled */
  constructor(journal: RunJournal, isCancelling: boolean) {
    this.#journal = journal
    this.#isCancelling = isCancelling
  }

  /** Aborts when the run is stopped. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Resolves when nothing more of it goes on here; rejects on a fault of the host. */
  get done(): Promise<RunStop> {
    return this.#done.promise
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Why it is stopped, where it is. */
  get stopped(): StopKind | undefined {
    return this.#kind
  }

  /** Whether nothing more of it begins. */
  get hasBegun(): boolean {
    return this.#kind !== undefined || this.#isLast
  }

  /** Stops it. False where it ends already, or is stopped for another reason. */
  stop(kind: StopKind): boolean {
    if (this.#kind === kind) return true
    if (this.hasBegun) return false
    this.#kind = kind
    if (kind === 'cancel' && !this.#isCancelling) void this.#write({ type: 'cancelling' })
    this.#stop.abort(new Stopped())
    return true
  }

  /** Nothing of it is under way any more since it was stopped. */
  async whenStopped(kind: StopKind): Promise<void> {
    if (this.#fault) return this.#finish('halted')
    if (kind === 'cancel') await this.#write({ type: 'ended', end: 'cancelled' })
    if (kind === 'suspend') await this.#write({ type: 'suspended' })
    // Who goes on with it has to find all that was written.
    if (kind === 'halt') await this.#journal.durable().catch(() => {})
    this.#finish(stops[kind])
  }

  /** It has nothing more to do; or it waits for a person. */
  async end(end: 'ok' | 'failed' | 'unknown'): Promise<void> {
    this.#isLast = true
    await this.#write(end === 'unknown' ? { type: 'parked' } : { type: 'ended', end })
    this.#finish(end)
  }

  /** The host failed, so that nothing can be written: what is under way is not waited for. */
  fail(reason: unknown): void {
    this.#fault ??= { reason }
    this.stop('halt')
    if (!this.#isOver) this.#finish('halted')
  }

  /** Faults of the journal come back by `fail`. */
  #write(event: Exclude<JournalEvent, { type: 'settled' }>): Promise<void> {
    return this.#journal.write(event).catch(() => {})
  }

  #finish(how: RunStop): void {
    this.#isOver = true
    if (this.#fault) this.#done.reject(this.#fault.reason)
    else this.#done.resolve(how)
  }
}
