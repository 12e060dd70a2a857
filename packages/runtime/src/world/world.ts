import type { UnixSeconds } from '@ipvm/ucan'

/**
 * What the runtime needs of the world outside, as a port: what is real in a node is simulated in tests, and replayed
 * from a seed.
 */
export interface World {
  /** The time of day, for receipts and token bounds. */
  now(): UnixSeconds
  /** A clock that only goes forward, milliseconds, for durations. */
  milliseconds(): number
  /** Fresh random bytes, for nonces. */
  random(count: number): Uint8Array
  /** Names this process in the journal. */
  readonly owner: string
}
