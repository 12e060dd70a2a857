import type { EgressFailure } from './egress.ts'

/** A failure of the guard. Nothing was sent, where nothing else is said. */
export function failure(name: EgressFailure['name'], message: string, sent = false): EgressFailure {
  return { name, message, sent }
}

/** Carries a failure through the platform's streams and agents, which know only errors. */
export class Failed extends Error {
  override readonly name = 'Failed'
  readonly failure: EgressFailure

  constructor(failure: EgressFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** The code of a platform's error, such as `ECONNREFUSED`. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/** What a platform's error says. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).slice(0, 3).join('; ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
