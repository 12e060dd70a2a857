/** What the counting server is asked for: a value, something under a key, or something that is done as often as it is asked for. */
export type ArrivalKind = 'value' | 'keyed' | 'once'

/**
 * What it does wrong on demand: refuses for good; says that it is busy, and has done nothing; acts and closes the
 * connection; acts and answers late; acts and never answers.
 */
export type Fault = 'refuse' | 'busy' | 'drop' | 'late' | 'hang'

/** One request that came to the counting server, as it remembers it. */
export interface Arrival {
  readonly kind: ArrivalKind
  readonly id: string
  /** The idempotency key, where one came along. */
  readonly key?: string
  /** The number that was sent. */
  readonly sent?: number
  /** Whether something was done; the same again under a key that is known is not. */
  readonly acted: boolean
  /** What was answered, or would have been. */
  readonly value?: number
  readonly fault?: Fault
}
