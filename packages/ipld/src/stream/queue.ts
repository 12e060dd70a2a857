/** Chunks of a stream in the order they came, from which pieces of any length are taken. Linear in the bytes. */
export class ByteQueue {
  #chunks: Uint8Array[] = []
  #first = 0
  /** Bytes of the first chunk that are gone. */
  #used = 0
  #length = 0

  /** How many bytes are there to take. */
  get length(): number {
    return this.#length
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Takes one byte; undefined where there is none. */
  takeByte(): number | undefined {
    const byte = this.#chunks[this.#first]?.[this.#used]
    if (byte !== undefined) this.#drop(1)
    return byte
  }

  /** Takes that many bytes, which are there: a view where one chunk has them all, else a copy. */
  take(count: number): Uint8Array {
    const first = this.#chunks[this.#first]
    if (first && first.length - this.#used >= count) {
      const piece = first.subarray(this.#used, this.#used + count)
      this.#drop(count)
      return piece
    }
    const piece = new Uint8Array(count)
    this.#copy(piece)
    return piece
  }

  #copy(piece: Uint8Array): void {
    let at = 0
    while (at < piece.length) {
      const chunk = this.#chunks[this.#first]
      if (!chunk) throw new RangeError(`${piece.length} bytes were taken from a queue of fewer`)
      const part = chunk.subarray(this.#used, this.#used + piece.length - at)
      piece.set(part, at)
      at += part.length
      this.#drop(part.length)
    }
  }

  #drop(count: number): void {
    this.#used += count
    this.#length -= count
    if (this.#used < (this.#chunks[this.#first]?.length ?? 0)) return
    this.#used = 0
    this.#first += 1
    // Moved down only when half of the list is gone, so that dropping stays linear.
    if (this.#first * 2 < this.#chunks.length) return
    this.#chunks = this.#chunks.slice(this.#first)
    this.#first = 0
  }
}
