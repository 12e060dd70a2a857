/**
 * What a stranger can cause comes back as data, never as an exception: `{ok}` or `{error}`,
 * the same two branches that receipts and promises have (UCAN Receipt § Out).
 */
export type Result<T, E extends Failure = Failure> = { readonly ok: T } | { readonly error: E }

/** The least that every failure carries: a name from a closed set, and a sentence that says what to do. */
export interface Failure {
  readonly name: string
  readonly message: string
}

/** The value of an operation that has nothing to say but that it worked. */
export type Unit = Readonly<Record<never, never>>

/** The good branch of a {@link Result}. */
export function ok<T>(value: T): { readonly ok: T } {
  return { ok: value }
}

/** The bad branch of a {@link Result}. */
export function error<E extends Failure>(failure: E): { readonly error: E } {
  return { error: failure }
}
