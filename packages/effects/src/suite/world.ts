import { randomBytes } from 'node:crypto'
import type { World } from '@ipvm/runtime'

/** A world whose timers of one length go off when they are told to, so that no test waits for a time limit. */
export class SuiteWorld implements World {
  readonly owner = String(process.pid)
  readonly #limit: number
  #limits: (() => void)[] = []

  /** @param limit milliseconds */
  constructor(limit: number) {
    this.#limit = limit
  }

  now(): number {
    return Math.floor(Date.now() / 1000)
  }

  date(): number {
    return Date.now()
  }

  milliseconds(): number {
    return performance.now()
  }

  after(milliseconds: number, callback: () => void): () => void {
    if (milliseconds === this.#limit) {
      this.#limits.push(callback)
      return () => {
        this.#limits = this.#limits.filter(other => other !== callback)
      }
    }
    const timer = setTimeout(callback, milliseconds).unref()
    return () => clearTimeout(timer)
  }

  random(count: number): Uint8Array {
    return randomBytes(count)
  }

  /** The time of what is under way is over. */
  endTime(): void {
    for (const callback of this.#limits.splice(0)) callback()
  }
}
