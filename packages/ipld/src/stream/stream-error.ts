import type { Failure } from '../result.ts'

/**
 * What a stream throws where it breaks off: an iterable has no other way to say so, and one that merely ended would
 * pass for whole. `failure` is what a `Result` would hold (ADR 24).
 */
export class StreamError<E extends Failure = Failure> extends Error {
  override readonly name = 'StreamError'
  readonly failure: E

  constructor(failure: E) {
    super(failure.message)
    this.failure = failure
  }
}
