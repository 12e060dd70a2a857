/** How fast something may come: so much a second for long, and so much at one go. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Level {
  left: number
  at: number
}

/** Buckets of tokens that fill with time, one for each key. Full ones are not kept. */
export class Buckets {
  readonly #rate: Rate
  readonly #keysMax: number
  /** The one that was used longest ago first. */
  readonly #levels = new Map<string, Level>()

  constructor(rate: Rate, keysMax: number) {
    this.#rate = rate
    this.#keysMax = keysMax
  }

  /**
   * Takes so much of a key's bucket.
   * @param now milliseconds of a clock that only goes forward
   * @returns after how many milliseconds there will be as much; 0 where it was taken
   */
  take(key: string, now: number, count = 1): number {
    const { perSecond, burst } = this.#rate
    const known = this.#levels.get(key)
    const left = known ? Math.min(burst, known.left + ((now - known.at) / 1000) * perSecond) : burst
    const isTaken = left >= Math.min(count, burst)
    this.#levels.delete(key)
    this.#levels.set(key, { left: isTaken ? left - count : left, at: now })
    const [oldest] = this.#levels.keys()
    if (oldest !== undefined && this.#levels.size > this.#keysMax) this.#levels.delete(oldest)
    return isTaken ? 0 : Math.ceil(((count - left) / perSecond) * 1000)
  }

  /** Takes so much of a key's bucket, also where there is less: then nothing more is taken until that has filled again. */
  charge(key: string, now: number, count: number): void {
    this.take(key, now, 0)
    const level = this.#levels.get(key)
    if (level) level.left -= count
  }

  /** After how many milliseconds something may be taken of a key's bucket; 0 where it may now. Nothing is taken. */
  wait(key: string, now: number): number {
    const { perSecond, burst } = this.#rate
    const known = this.#levels.get(key)
    if (!known) return 0
    const left = Math.min(burst, known.left + ((now - known.at) / 1000) * perSecond)
    return left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1000)
  }
}
