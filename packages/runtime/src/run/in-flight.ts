/** Work that several callers wait for and that is done once; it is aborted when the last of them has gone. */
export class InFlight<T> {
  readonly #entries = new Map<string, Entry<T>>()

  /** Joins the work under `key`, or begins it. `began` says which of the two it was. */
  async join(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; began: boolean }> {
    signal.throwIfAborted()
    const known = this.#entries.get(key)
    const entry = known ?? this.#begin(key, work)
    entry.waiting += 1
    const aborted = Promise.withResolvers<never>()
    const leave = () => {
      entry.waiting -= 1
      if (entry.waiting === 0) entry.controller.abort(signal.reason)
      aborted.reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      return { value: await Promise.race([entry.result, aborted.promise]), began: !known }
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const controller = new AbortController()
    const result = work(controller.signal).finally(() => this.#entries.delete(key))
    // Every waiter may have left; what the work then comes to is nobody's news.
    result.catch(() => {})
    const entry = { result, controller, waiting: 0 }
    this.#entries.set(key, entry)
    return entry
  }
}

interface Entry<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}
