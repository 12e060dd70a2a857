import { onAbort } from '../world/on-abort.ts'

/** Who wants a place: runs take turns, those of a higher priority before all others. */
export interface Turn {
  /** The run, or whatever else is to have its fair share. */
  readonly of: object
  readonly priority: number
}

/** Places of which each is held by one at a time. Who finds none free waits; the runs that wait take turns. */
export class Lane {
  readonly #waiting = new Map<number, Map<object, (() => void)[]>>()
  readonly #places: number
  #free: number
  #length = 0

  constructor(places: number) {
    this.#places = places
    this.#free = places
  }

  /** How many places are held. */
  get held(): number {
    return this.#places - this.#free
  }

  /** How many wait. */
  get length(): number {
    return this.#length
  }

  /** Does work while holding a place. Rejects when `signal` aborts before there is one. */
  async hold<T>(turn: Turn, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(turn, signal)
    try {
      return await work()
    } finally {
      const next = this.#next()
      if (next) next()
      else this.#free += 1
    }
  }

  #wait({ of, priority }: Turn, signal: AbortSignal): Promise<void> {
    const runs = this.#waiting.get(priority) ?? new Map<object, (() => void)[]>()
    this.#waiting.set(priority, runs)
    const line = runs.get(of) ?? []
    runs.set(of, line)
    return new Promise((resolve, reject) => {
      const enter = () => {
        stay()
        resolve()
      }
      const leave = () => {
        const at = line.indexOf(enter)
        if (at < 0) return
        line.splice(at, 1)
        this.#length -= 1
        if (line.length === 0) runs.delete(of)
        if (runs.size === 0 && this.#waiting.get(priority) === runs) this.#waiting.delete(priority)
        reject(signal.reason)
      }
      const stay = onAbort(signal, leave)
      line.push(enter)
      this.#length += 1
    })
  }

  #next(): (() => void) | undefined {
    if (this.#length === 0) return undefined
    const priority = Math.max(...this.#waiting.keys())
    const runs = this.#waiting.get(priority)
    const [first] = runs ?? []
    if (!runs || !first) throw new Error('what waits has a priority and a run')
    const [of, line] = first
    const next = line.shift()
    this.#length -= 1
    // To the end of the line of runs, if it has more to do.
    runs.delete(of)
    if (line.length > 0) runs.set(of, line)
    if (runs.size === 0) this.#waiting.delete(priority)
    return next
  }
}
