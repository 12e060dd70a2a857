import { cidKey, type CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'

/** Tells those who wait for a task of any workflow that a receipt of it came. */
export class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Calls back when a receipt of that name comes, or might have, unless the function that it gives is called before. */
  on(name: CID, callback: () => void): () => void {
    const key = cidKey(name)
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(callback))
    return () => {
      waiting.delete(callback)
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
    }
  }

  /** A receipt was made. */
  tell({ ran, as }: Pick<Receipt, 'ran' | 'as'>): void {
    if (this.#waiting.size === 0) return
    for (const name of as ? [ran, as] : [ran]) for (const callback of this.#waiting.get(cidKey(name)) ?? []) callback()
  }

  /** Others may have written receipts: all look again. */
  tellAll(): void {
    for (const waiting of [...this.#waiting.values()]) for (const callback of [...waiting]) callback()
  }
}
