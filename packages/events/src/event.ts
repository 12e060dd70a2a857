import type { Value } from '@ipvm/ipld'

/** Something that happened, in the words of CloudEvents 1.0. */
export interface Event {
  /** With `source`, its name: what comes again under it is the same event. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly data: Value
}
