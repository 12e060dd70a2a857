/** Counts the work of evaluating policies, so that no policy of a stranger can keep a machine busy. */
export class Budget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  /** Spends; false when nothing is left, after which every answer is no. */
  spend(steps = 1): boolean {
    this.#left -= steps
    return this.#left >= 0
  }

  get isSpent(): boolean {
    return this.#left < 0
  }
}
