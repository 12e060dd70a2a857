/** Instructions that are being written, in one buffer that grows. Integers are LEB128, as in the binary format. */
export declare class CodeBuffer {
  #private
  /** @param capacity how much will probably be written, bytes */
  constructor(capacity?: number)
  get length(): number
  clear(): void
  byte(value: number): this
  code(...bytes: number[]): this
  u32(value: number): this
  /** A signed integer of 32 bits. */
  s32(value: number): this
  /** Room of some bytes for a constant that is known later; gives where it is. */
  place(size: number): number
  /** Puts a constant from 0 to 2^(7 * size - 1) - 1 where there is room for it. */
  put(place: number, value: number, size: number): void
  /** What stands from `start` to `end` in other bytes. */
  copy(bytes: Uint8Array, start: number, end: number): this
  /** What another buffer holds. */
  append(other: CodeBuffer): this
  /** All that was written. Valid until more is. */
  view(): Uint8Array
}
//# sourceMappingURL=code-buffer.d.ts.map
