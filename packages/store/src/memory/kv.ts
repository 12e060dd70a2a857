import { byteOrder } from '../byte-order.ts'
import type { KvEntry } from '../journal.ts'

/** Values by keys; a key without a value keeps the number of its last change. */
export class MemoryKv {
  readonly #entries = new Map<string, KvEntry>()
  readonly #versions = new Map<string, number>()
  /** The keys that have a value, in the order of their bytes. */
  readonly #keys: string[] = []

  get(key: string): KvEntry | undefined {
    return this.#entries.get(key)
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 0
  }

  put({ key, value, version }: { key: string; value?: Uint8Array; version: number }): void {
    this.#versions.set(key, version)
    const at = this.#place(key)
    if (!value) {
      if (this.#entries.delete(key)) this.#keys.splice(at, 1)
      return
    }
    if (!this.#entries.has(key)) this.#keys.splice(at, 0, key)
    this.#entries.set(key, { key, value, version })
  }

  list(prefix: string, { limit, after }: { limit: number; after?: string | undefined }): readonly KvEntry[] {
    const found: KvEntry[] = []
    const isAfter = after !== undefined && byteOrder(after, prefix) >= 0
    let at = this.#place(isAfter ? after : prefix)
    if (isAfter && this.#keys[at] === after) at += 1
    for (let key = this.#keys[at]; key?.startsWith(prefix) && found.length < limit; key = this.#keys[++at]) {
      const entry = this.#entries.get(key)
      if (entry) found.push(entry)
    }
    return found
  }

  /** Where a key is, or would be. */
  #place(key: string): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byteOrder(this.#keys[middle] ?? '', key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
