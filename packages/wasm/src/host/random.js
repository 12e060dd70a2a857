import { sha256 } from '@ipvm/ipld/sha256'
const encoder = new TextEncoder()
/**
 * The random bytes of one run (docs/guide.md § What a guest may import): SHA-256 in counter mode. Block `i` is
 * SHA-256(seed ‖ label ‖ i), the label in UTF-8, `i` as 8 bytes, the highest first; the bytes of the blocks one after
 * the other are the stream, and each request takes the next ones. Nothing is lost between requests.
 */
export class RandomStream {
  #input
  #counter
  #block = new Uint8Array(0)
  #used = 0
  #next = 0n
  constructor(seed, label) {
    const prefix = [...seed, ...encoder.encode(label)]
    this.#input = new Uint8Array(prefix.length + 8)
    this.#input.set(prefix)
    this.#counter = new DataView(this.#input.buffer, prefix.length)
  }
  /** The next bytes of the stream. */
  take(length) {
    const out = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      if (this.#used === this.#block.length) this.#refill()
      const piece = this.#block.subarray(this.#used, this.#used + length - filled)
      out.set(piece, filled)
      filled += piece.length
      this.#used += piece.length
    }
    return out
  }
  /** The next 8 bytes as a number, the lowest first. */
  takeU64() {
    return new DataView(this.take(8).buffer).getBigUint64(0, true)
  }
  #refill() {
    this.#counter.setBigUint64(0, this.#next)
    this.#next += 1n
    this.#block = sha256(this.#input)
    this.#used = 0
  }
}
//# sourceMappingURL=random.js.map
