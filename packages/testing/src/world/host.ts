import type { Coverage } from './coverage.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'

/** What goes wrong where work is done, and how often. */
export interface Trouble {
  /** Of all calls, from 0 to 1. */
  rate: number
}

/** Where a process does its work: what the simulated commands need of it. */
export interface Host {
  readonly life: Life
  readonly time: VirtualTime
  readonly random: Random
  readonly trouble: Trouble
  readonly coverage: Coverage
  /** Told when more is under way at once than may be. */
  readonly onCrowd: (problem: string) => void
}

/** Waits, for ever where there is no number of milliseconds. Rejects when `signal` aborts before that. */
export function pause(host: Host, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const leave = () => {
      stop()
      reject(signal?.reason)
    }
    const arrive = () => {
      signal?.removeEventListener('abort', leave)
      if (host.life.step()) resolve()
    }
    const stop = milliseconds === Number.POSITIVE_INFINITY ? () => {} : host.time.after(milliseconds, arrive)
    signal?.addEventListener('abort', leave, { once: true })
  })
}

/** Counts what is under way at once, and tells where it is more than was allowed. */
export class Crowd {
  readonly #host: Host
  readonly #what: string
  readonly #max: number
  #inside = 0

  constructor(host: Host, what: string, max: number) {
    this.#host = host
    this.#what = what
    this.#max = max
  }

  /** Lets one in; the function that it gives lets it out. One that is called off no longer counts. */
  enter(signal: AbortSignal): () => void {
    this.#inside += 1
    if (this.#inside > this.#max) {
      this.#host.onCrowd(`${this.#inside} of ${this.#what} are under way at once; ${this.#max} may be`)
    }
    let isInside = true
    const leave = () => {
      if (isInside) this.#inside -= 1
      isInside = false
      signal.removeEventListener('abort', leave)
    }
    signal.addEventListener('abort', leave, { once: true })
    return leave
  }
}
