/**
 * The life of one process. It may end at any step, which is any call that it makes of the world: then that call and all
 * that come after it do nothing and never answer, so that what is left of the process waits for good.
 */
export class Life {
  readonly name: string
  /** Whether it ends when it next writes to the disk, or asks something of the world: before it hears of that. */
  endsWaitingFor: 'disk' | 'world' | undefined
  readonly #mourners = new Set<() => void>()
  #alive = true
  #fuse = Number.POSITIVE_INFINITY
  #steps = 0

  constructor(name: string) {
    this.name = name
  }

  get alive(): boolean {
    return this.#alive
  }

  /** How many calls it has made. */
  get steps(): number {
    return this.#steps
  }

  /** One call of the world: whether it is still done. */
  step(): boolean {
    if (!this.#alive) return false
    this.#steps += 1
    if (this.#steps >= this.#fuse) this.end()
    return this.#alive
  }

  /** Lets it end by itself at the call after so many others. */
  endAfter(steps: number): void {
    this.#fuse = this.#steps + steps
  }

  end(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const mourn of this.#mourners) mourn()
    this.#mourners.clear()
  }

  /** Calls back when it ends. */
  onEnd(mourn: () => void): void {
    this.#mourners.add(mourn)
  }

  /** The same function while it lives; afterwards one that never answers. */
  bound<A extends readonly unknown[], T>(call: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
    return (...args) => (this.step() ? call(...args) : never())
  }
}

/** What is never settled. */
export function never<T>(): Promise<T> {
  return new Promise(() => {})
}
