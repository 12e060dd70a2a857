/** Instructions that are being written, in one buffer that grows. Integers are LEB128, as in the binary format. */
export class CodeBuffer {
  #bytes
  #length = 0
  /** @param capacity how much will probably be written, bytes */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity)
  }
  get length() {
    return this.#length
  }
  clear() {
    this.#length = 0
  }
  byte(value) {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
    return this
  }
  code(...bytes) {
    for (const byte of bytes) this.byte(byte)
    return this
  }
  u32(value) {
    let left = value
    while (left >= 0x80) {
      this.byte((left & 0x7f) | 0x80)
      left >>>= 7
    }
    return this.byte(left)
  }
  /** A signed integer of 32 bits. */
  s32(value) {
    let left = value
    while (left < -0x40 || left > 0x3f) {
      this.byte((left & 0x7f) | 0x80)
      left >>= 7
    }
    return this.byte(left & 0x7f)
  }
  /** Room of some bytes for a constant that is known later; gives where it is. */
  place(size) {
    for (let left = size; left > 0; left--) this.byte(0)
    return this.#length - size
  }
  /** Puts a constant from 0 to 2^(7 * size - 1) - 1 where there is room for it. */
  put(place, value, size) {
    for (let i = 0; i < size; i++) {
      this.#bytes[place + i] = ((value >> (7 * i)) & 0x7f) | (i < size - 1 ? 0x80 : 0)
    }
  }
  /** What stands from `start` to `end` in other bytes. */
  copy(bytes, start, end) {
    const length = end - start
    if (this.#length + length > this.#bytes.length) this.#grow(length)
    // Runs between two insertions are short, and a loop is faster there than a view.
    if (length > 24) this.#bytes.set(bytes.subarray(start, end), this.#length)
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = bytes[start + i] ?? 0
    this.#length += length
    return this
  }
  /** What another buffer holds. */
  append(other) {
    return this.copy(other.#bytes, 0, other.#length)
  }
  /** All that was written. Valid until more is. */
  view() {
    return this.#bytes.subarray(0, this.#length)
  }
  #grow(more) {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
//# sourceMappingURL=code-buffer.js.map
