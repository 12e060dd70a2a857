/** Which of many were there already; the older half is forgotten as a whole. */
export class Memory {
  readonly #half: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(entries: number) {
    this.#half = Math.ceil(entries / 2)
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  add(key: string): void {
    this.#young.add(key)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#young = new Set()
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
