import type { FxConfig } from '@ipvm/workflow'
import { onAbort } from '../world/on-abort.ts'

/** The tasks that come of one task of a document, and what is left of its grant. */
export class Family {
  readonly fx: FxConfig
  readonly gas: GasPool
  #tasks = 0

  constructor(fx: FxConfig) {
    this.fx = fx
    this.gas = new GasPool(fx.gas)
  }

  /** Whether so many more may be asked for. */
  hasRoom(tasks: number): boolean {
    return this.#tasks + tasks <= this.fx.tasks
  }

  /** Counts tasks that were asked for. */
  add(tasks: number): void {
    this.#tasks += tasks
  }
}

/**
 * Gas that several tasks use together. Each gets what it may use at most, and gives back what it did not: so no more is
 * ever used, and those that fit fit in whatever order they come.
 */
class GasPool {
  #left: number
  #lent = 0
  readonly #waiting: (() => void)[] = []

  constructor(units: number) {
    this.#left = units
  }

  /**
   * Lends `wanted` units when they are there, or what is left when nobody has any that could be given back; 0 where nothing
   * is. Rejects when `signal` aborts.
   */
  async lend(wanted: number, signal: AbortSignal): Promise<number> {
    while (this.#left < wanted && this.#lent > 0) await this.#change(signal)
    const lent = Math.min(wanted, this.#left)
    this.#left -= lent
    if (lent > 0) this.#lent += 1
    return lent
  }

  /** Takes back what was lent, but for what was used. */
  giveBack(lent: number, used: number): void {
    this.#left += lent - Math.min(lent, used)
    this.#lent -= 1
    for (const enter of this.#waiting.splice(0)) enter()
  }

  /** Counts what was used before. */
  spend(used: number): void {
    this.#left = Math.max(0, this.#left - used)
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const stay = onAbort(signal, () => reject(signal.reason))
      this.#waiting.push(() => {
        stay()
        resolve()
      })
    })
  }
}
