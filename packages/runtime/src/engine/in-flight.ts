import { onAbort } from '../world/on-abort.ts'

/** Work that several callers wait for and that is done once; it is aborted when the last of them has gone. */
export class InFlight<T> {
  readonly #entries = new Map<string, Entry<T>>()

  /** Joins the work under `key`, or begins it. `began` says which of the two it was. Rejects when `signal` aborts. */
  async join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<Joined<T>> {
    signal.throwIfAborted()
    const known = this.#entries.get(key)
    const entry = known ?? this.#begin(key, work)
    entry.waiting += 1
    const aborted = Promise.withResolvers<never>()
    const leave = () => {
      entry.waiting -= 1
      if (entry.waiting === 0) this.#abort(key, entry, signal.reason)
      aborted.reject(signal.reason)
    }
    const stay = onAbort(signal, leave)
    try {
      return { value: await Promise.race([entry.result, aborted.promise]), began: !known }
    } finally {
      stay()
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const controller = new AbortController()
    const entry: Entry<T> = { result: work(controller.signal), controller, waiting: 0 }
    const forget = () => this.#forget(key, entry)
    // Every waiter may have left; what the work then comes to is nobody's news.
    entry.result.then(forget, forget)
    this.#entries.set(key, entry)
    return entry
  }

  /** Who comes after an abort begins anew instead of joining what is being torn down. */
  #abort(key: string, entry: Entry<T>, reason: unknown): void {
    this.#forget(key, entry)
    entry.controller.abort(reason)
  }

  #forget(key: string, entry: Entry<T>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }
}

/** What the work came to, and whether this caller began it. */
export interface Joined<T> {
  readonly value: T
  readonly began: boolean
}

interface Entry<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}
