/** Hears what is found wrong, and keeps what was found first. */
export class Judge {
  #verdict: string | undefined

  find(problem: string): void {
    this.#verdict ??= problem
  }

  get verdict(): string | undefined {
    return this.#verdict
  }
}
