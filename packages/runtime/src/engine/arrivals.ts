import { cidKey, type CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'

/** Told of a receipt that came; of none, where one might have come. */
type OnArrival = (receipt?: Receipt) => void

/** Tells those who wait for a task of any workflow that a receipt of it came. */
export class Arrivals {
  readonly #waiting = new Map<string, Set<OnArrival>>()
  readonly #listeners = new Set<() => void>()

  /** Calls back whenever a receipt came or might have, of whatever name, until the function that it gives is called. */
  onAny(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back when a receipt of that name comes, or might have, unless the function that it gives is called before. */
  on(name: CID, callback: OnArrival): () => void {
    const key = cidKey(name)
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(callback))
    return () => {
      waiting.delete(callback)
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
    }
  }

  /** Whether anybody waits for a task of this name. */
  isAwaited(name: CID): boolean {
    return this.#waiting.has(cidKey(name))
  }

  /** A receipt was made. */
  tell(receipt: Receipt): void {
    const { ran, as } = receipt
    for (const listener of this.#listeners) listener()
    if (this.#waiting.size === 0) return
    for (const name of as ? [ran, as] : [ran])
      for (const callback of this.#waiting.get(cidKey(name)) ?? []) callback(receipt)
  }

  /** Others may have written receipts: all look again. */
  tellAll(): void {
    for (const listener of this.#listeners) listener()
    for (const waiting of [...this.#waiting.values()]) for (const callback of [...waiting]) callback()
  }
}
