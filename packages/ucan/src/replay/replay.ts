import { cidKey, type CID } from '@ipvm/ipld'
import type { UnixSeconds } from '../claim/claim.ts'
import { replayEntriesMax } from '../limits.ts'

/** What a replay view says of an invocation: seen before, first seen now, or that it cannot tell. */
export type Claimed = 'first' | 'seen' | 'full'

/** Remembers invocations until they have expired (UCAN Invocation § Replay). */
export interface ReplayView {
  /**
   * Marks an invocation as used, in one step with asking whether it was.
   *
   * @param name the low-S name of the invocation
   * @param until when it can be forgotten, its leeway included; null for never
   */
  claim(name: CID, until: UnixSeconds | null, now: UnixSeconds): Claimed | Promise<Claimed>
}

/**
 * A replay view in memory, bounded: invocations are forgotten once they have expired, and none sooner. When it is full
 * of those that have not, it says so, and they are refused; a clock that goes backwards brings nothing back.
 */
export class ReplayMemory implements ReplayView {
  readonly #seen = new Map<string, UnixSeconds>()
  readonly #max: number
  /** Whatever was good until then at most may have been forgotten. */
  #forgottenUntil = Number.NEGATIVE_INFINITY
  /** Until then there is nothing to forget. */
  #earliestEnd = Number.NEGATIVE_INFINITY

  constructor(max = replayEntriesMax) {
    this.#max = max
  }

  get size(): number {
    return this.#seen.size
  }

  claim(name: CID, until: UnixSeconds | null, now: UnixSeconds): Claimed {
    const key = cidKey(name)
    const end = until ?? Number.POSITIVE_INFINITY
    if (this.#seen.has(key) || end <= this.#forgottenUntil) return 'seen'
    if (this.#seen.size >= this.#max) this.#forget(now)
    if (this.#seen.size >= this.#max) return 'full'
    this.#seen.set(key, end)
    this.#earliestEnd = Math.min(this.#earliestEnd, end)
    return 'first'
  }

  #forget(now: UnixSeconds): void {
    if (now <= this.#earliestEnd) return
    this.#earliestEnd = Number.POSITIVE_INFINITY
    for (const [key, end] of this.#seen) {
      if (end >= now) {
        this.#earliestEnd = Math.min(this.#earliestEnd, end)
        continue
      }
      this.#seen.delete(key)
      this.#forgottenUntil = Math.max(this.#forgottenUntil, end)
    }
  }
}
