import type { EgressFailure } from './egress.ts'
import { failure } from './failure.ts'

/** Calls back after so many milliseconds, unless the function that it gives is called before. */
export type After = (milliseconds: number, callback: () => void) => () => void

/** Ends a request: because nobody wants it, or one of its parts takes too long. */
export class Stop {
  readonly #over = new AbortController()
  readonly #after: After
  readonly #cancels: (() => void)[] = []
  #phase: () => void = () => {}
  /** Why it was ended. */
  why: EgressFailure | undefined

  constructor(after: After, total: number, wanted: AbortSignal) {
    this.#after = after
    const unwanted = () => this.#end(failure('Aborted', 'nobody waits for it any more'))
    wanted.addEventListener('abort', unwanted, { once: true })
    this.#cancels.push(
      () => wanted.removeEventListener('abort', unwanted),
      after(total, () => this.#end(failure('TimedOut', `it was not over within ${seconds(total)}`))),
    )
    if (wanted.aborted) unwanted()
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** A part begins that may take so long; the one before it is over. */
  begin(milliseconds: number, what: string): void {
    this.#phase()
    this.#phase = this.#after(milliseconds, () =>
      this.#end(failure('TimedOut', `${what} took longer than ${seconds(milliseconds)}`)),
    )
  }

  /** The part is over. */
  pause(): void {
    this.#phase()
    this.#phase = () => {}
  }

  close(): void {
    this.#phase()
    for (const cancel of this.#cancels) cancel()
  }

  #end(why: EgressFailure): void {
    if (this.why) return
    this.why = why
    this.#over.abort()
  }
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`
}
