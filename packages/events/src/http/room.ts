/** How many bytes may be in memory at once, of all who send or do not take what they asked for. */
export class Room {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  /** Takes so many; false, and none, where there are not as many left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#left += bytes
  }
}
