import type { Failure, Result } from '@ipvm/ipld'

/** A failure as an exception, for programs that want it so. */
export class Failed<E extends Failure = Failure> extends Error {
  override readonly name: string
  readonly failure: E

  constructor(failure: E) {
    super(failure.message, { cause: failure })
    this.name = failure.name
    this.failure = failure
  }
}

/**
 * The value of a result.
 *
 * @throws Failed where it is a failure
 */
export function orThrow<T, E extends Failure>(result: Result<T, E>): T {
  if ('error' in result) throw new Failed(result.error)
  return result.ok
}
