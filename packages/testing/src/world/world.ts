import type { World } from '@ipvm/runtime'
import type { Life } from './life.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'

/** The clock on the wall of a machine; it may be put forward or back at any time. */
export interface Clock {
  /** Milliseconds since 1970 when time began. */
  readonly start: number
  /** By how much it was put forward since, milliseconds. */
  shift: number
  /** By how much it was put back since, in all: by so much may a moment that was written down seem further away. */
  putBack: number
}

/** The world as one process sees it: its time is virtual, its random numbers come of a seed, and it ends with the process. */
export class SimulatedWorld implements World {
  readonly #time: VirtualTime
  readonly #clock: Clock
  readonly #life: Life
  readonly #random: Random
  readonly #born: number

  constructor(parts: { time: VirtualTime; clock: Clock; life: Life; random: Random }) {
    this.#time = parts.time
    this.#clock = parts.clock
    this.#life = parts.life
    this.#random = parts.random
    this.#born = parts.time.now
  }

  get owner(): string {
    return this.#life.name
  }

  now(): number {
    return Math.floor(this.date() / 1000)
  }

  date(): number {
    return this.#clock.start + this.#clock.shift + this.#time.now
  }

  milliseconds(): number {
    return this.#time.now - this.#born
  }

  after(milliseconds: number, callback: () => void): () => void {
    if (!this.#life.alive) return () => {}
    return this.#time.after(milliseconds, () => {
      if (this.#life.step()) callback()
    })
  }

  random(count: number): Uint8Array {
    return this.#random.bytes(count)
  }
}
