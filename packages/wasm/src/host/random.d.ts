/**
 * The random bytes of one run (docs/guide.md § What a guest may import): SHA-256 in counter mode. Block `i` is
 * SHA-256(seed ‖ label ‖ i), the label in UTF-8, `i` as 8 bytes, the highest first; the bytes of the blocks one after
 * the other are the stream, and each request takes the next ones. Nothing is lost between requests.
 */
export declare class RandomStream {
  #private
  constructor(seed: Uint8Array, label: string)
  /** The next bytes of the stream. */
  take(length: number): Uint8Array
  /** The next 8 bytes as a number, the lowest first. */
  takeU64(): bigint
}
//# sourceMappingURL=random.d.ts.map
