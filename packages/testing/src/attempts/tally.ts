import { complaint, type Attempted } from './attempt.ts'

/** Counts what came of attempts. */
export class Tally {
  readonly #seed: number
  readonly #began: number
  /** How often each way was tried with each lack. */
  readonly #tried = new Map<string, Map<string, number>>()
  #attempts = 0
  #unauthorised = 0
  #authorised = 0
  failures = 0

  constructor(seed: number, began: number) {
    this.#seed = seed
    this.#began = began
  }

  /** Counts one; tells of it where it is not as it should be. */
  add(made: Attempted): void {
    const { number, way, lack, authorised, unauthorised } = made
    const lacks = this.#tried.get(way) ?? new Map<string, number>()
    this.#tried.set(way, lacks.set(lack, (lacks.get(lack) ?? 0) + 1))
    this.#attempts += 1
    this.#unauthorised += Math.min(1, unauthorised)
    this.#authorised += Math.min(1, authorised)
    const wrong = complaint(made)
    if (wrong !== undefined) {
      this.failures += 1
      console.log(`attempt ${number}, ${way}, lacking: ${lack}\n  ${wrong}\n  again: ${replayOf(this.#seed, number)}\n`)
    }
    if (this.#attempts % 10_000 === 0) console.log(`${this.#attempts} attempts, ${this.failures} went wrong`)
  }

  report(): void {
    const seconds = Math.round((performance.now() - this.#began) / 1000)
    for (const [way, lacks] of [...this.#tried].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const times = [...lacks.values()].reduce((sum, count) => sum + count, 0)
      console.log(`  ${way}: ${times}, lacking one of ${lacks.size}`)
    }
    console.log(`seed ${this.#seed}: ${this.#attempts} attempts in ${seconds} s`)
    console.log(`${this.#unauthorised} of them did what nobody may have done`)
    console.log(`${this.#authorised} of them did the same where nothing was lacking`)
  }
}

/** The line that has one attempt made again. */
export function replayOf(seed: number, number: number): string {
  return `npm run attempts -- --seed ${seed} --only ${number}`
}
