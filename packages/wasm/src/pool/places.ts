import { unlessAborted } from './unless-aborted.ts'

/** Places of which each is held by one at a time; who finds none free waits in line. */
export class Places {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Does work while holding a place; `undefined` for who gave up before there was one. */
  async hold<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T | undefined> {
    const entered = this.#enter()
    const hasEntered = await unlessAborted(entered, signal)
    if (!hasEntered) {
      // The place that comes is for the next.
      void entered.then(() => this.#leave())
      return undefined
    }
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<true> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    return true
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
