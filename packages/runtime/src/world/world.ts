import type { UnixSeconds } from '@ipvm/ucan'

/**
 * What the runtime needs of the world outside, as a port: what is real in a node is simulated in tests, and replayed
 * from a seed.
 */
export interface World {
  /** The time of day, for receipts and token bounds. */
  now(): UnixSeconds
  /** The time of day, milliseconds since 1970, for the journal. */
  date(): number
  /** A clock that only goes forward, milliseconds, for durations. */
  milliseconds(): number
  /** Calls back after so many milliseconds, unless the function that it gives is called before. Keeps no process alive. */
  after(milliseconds: number, callback: () => void): () => void
  /** Fresh random bytes, for nonces. */
  random(count: number): Uint8Array
  /** Whether another thread is to check the signature of who asks now, since many do at once; without it none is. */
  verifiesAside?(): boolean
  /** Names this process in the journal. */
  readonly owner: string
}
