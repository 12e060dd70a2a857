/** What the network needs of the world outside; a node's `World` is one, and so is a simulated one. */
export interface NetworkWorld {
  /** The time of day, seconds since 1970, for the bounds of what peers sign. */
  now(): number
  /** A clock that only goes forward, milliseconds. */
  milliseconds(): number
  /** Calls back after so many milliseconds, unless the function that it gives is called before. */
  after(milliseconds: number, callback: () => void): () => void
  /** Fresh random bytes. */
  random(count: number): Uint8Array
}
