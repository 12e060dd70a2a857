import { byteOrder } from '../byte-order.ts'
import type { KvEntry } from '../journal.ts'
import type { FeedPage, KvChangeEntry } from '../trigger.ts'

/** How many new keys are put in their places one by one; more are sorted in together. */
const fewKeys = 32

/** Values by keys; a key without a value keeps the number of its last change. */
export class MemoryKv {
  readonly #entries = new Map<string, KvEntry>()
  readonly #versions = new Map<string, number>()
  /** By key, in the order of the changes. */
  readonly #changes = new Map<string, KvChangeEntry>()
  #numbers = 0
  /** Keys in the order of their bytes, as far as a list was asked for; some may have no value any more. */
  #sorted: string[] = []
  /** Keys that are not among those yet. */
  readonly #added = new Set<string>()

  get(key: string): KvEntry | undefined {
    return this.#entries.get(key)
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 0
  }

  put({ key, value, version }: { key: string; value?: Uint8Array; version: number }, depth = 0): void {
    this.#versions.set(key, version)
    this.#changes.delete(key)
    this.#changes.set(key, { number: ++this.#numbers, depth, key, version, ...(value && { value }) })
    if (!value) this.#entries.delete(key)
    else {
      if (!this.#entries.has(key)) this.#added.add(key)
      this.#entries.set(key, { key, value, version })
    }
  }

  /** The number of the last change. */
  get end(): number {
    return this.#numbers
  }

  feed({ after, limit }: FeedPage): readonly KvChangeEntry[] {
    return [...this.#changes.values()].filter(({ number }) => number > after).slice(0, limit)
  }

  list(prefix: string, { limit, after }: { limit: number; after?: string | undefined }): readonly KvEntry[] {
    this.#sort()
    const found: KvEntry[] = []
    const isAfter = after !== undefined && byteOrder(after, prefix) >= 0
    let at = this.#place(isAfter ? after : prefix)
    if (isAfter && this.#sorted[at] === after) at += 1
    for (let key = this.#sorted[at]; key?.startsWith(prefix) && found.length < limit; key = this.#sorted[++at]) {
      const entry = this.#entries.get(key)
      if (entry) found.push(entry)
    }
    return found
  }

  #sort(): void {
    if (this.#added.size <= fewKeys) {
      for (const key of this.#added) {
        const at = this.#place(key)
        if (this.#sorted[at] !== key) this.#sorted.splice(at, 0, key)
      }
    } else this.#sorted = [...this.#entries.keys()].sort(byteOrder)
    this.#added.clear()
  }

  /** Where a key is, or would be. */
  #place(key: string): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byteOrder(this.#sorted[middle] ?? '', key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
