import { Coverage } from './coverage.ts'
import type { Simulated } from './simulation.ts'

const reportEveryMs = 10_000

/** What came of all seeds so far. */
export class Tally {
  failures = 0
  readonly #began: number
  readonly #coverage = new Coverage()
  readonly #options: string
  #seeds = 0
  #events = 0
  #fewest = Number.POSITIVE_INFINITY
  #reported: number

  /** @param options what is said on the command line to have the same again, beside the seed */
  constructor(began: number, options: string) {
    this.#began = began
    this.#reported = began
    this.#options = options
  }

  add({ seed, problem, events, coverage }: Simulated): void {
    this.#seeds += 1
    this.#events += events
    this.#coverage.add(coverage)
    if (problem === undefined) this.#fewest = Math.min(this.#fewest, events)
    else this.#fail(seed, problem)
    if (performance.now() - this.#reported > reportEveryMs) this.#tell()
  }

  #fail(seed: number, problem: string): void {
    this.failures += 1
    console.error(`seed ${seed}: ${problem}\n  npm run simulate -- --seed ${seed} --trace ${this.#options}`)
  }

  #tell(): void {
    this.#reported = performance.now()
    const seconds = (this.#reported - this.#began) / 1000
    const each = Math.round(this.#events / this.#seeds)
    console.log(`${this.#seeds} seeds, ${(this.#seeds / seconds).toFixed(2)} a second, ${each} events each`)
  }

  report(): void {
    if (this.#seeds > 0) this.#tell()
    console.log(`the fewest events of a seed: ${this.#fewest}`)
    const counts = Object.entries(this.#coverage.counts).sort(([a], [b]) => (a < b ? -1 : 1))
    console.log(counts.map(([what, times]) => `${what} ${times}`).join(', '))
    console.log(this.failures === 0 ? 'nothing found' : `${this.failures} seeds failed`)
  }
}
