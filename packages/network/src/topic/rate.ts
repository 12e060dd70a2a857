import { peersMax } from '../limits.ts'

interface Bucket {
  tokens: number
  at: number
}

/** How often each of many may do something: so many times a second for long, and so many at one go. */
export class Rate {
  readonly #milliseconds: () => number
  readonly #perSecond: number
  readonly #burst: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(milliseconds: () => number, perSecond: number, burst: number) {
    this.#milliseconds = milliseconds
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** Takes one, or so many; false where that is too many. */
  take(who: string, count = 1): boolean {
    const now = this.#milliseconds()
    const bucket = this.#buckets.get(who) ?? this.#made(who, now)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond)
    bucket.at = now
    if (bucket.tokens < count) return false
    bucket.tokens -= count
    return true
  }

  #made(who: string, now: number): Bucket {
    const [first] = this.#buckets.keys()
    if (first !== undefined && this.#buckets.size >= peersMax) this.#buckets.delete(first)
    const bucket = { tokens: this.#burst, at: now }
    this.#buckets.set(who, bucket)
    return bucket
  }
}
