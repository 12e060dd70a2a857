/** Which of many were there already. In two halves: the older one is forgotten as a whole. */
export class Seen {
  readonly #half: number
  #young = new Set<string>()
  #old = new Set<string>()

  /** @param entries how many are remembered at most */
  constructor(entries: number) {
    this.#half = Math.ceil(entries / 2)
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  /** Writes one down; false where it was there already. */
  add(key: string): boolean {
    if (this.has(key)) return false
    this.#young.add(key)
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Set()
    }
    return true
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
