/** Collects pieces of a module that is being rewritten; what is taken over is copied once, at the end. */
export class ByteWriter {
  #pieces = []
  #length = 0
  get length() {
    return this.#length
  }
  bytes(...bytes) {
    return this.piece(Uint8Array.from(bytes))
  }
  piece(piece) {
    this.#pieces.push(piece)
    this.#length += piece.length
    return this
  }
  u32(value) {
    return this.bytes(...leb(value))
  }
  /** A signed integer of 32 bits. */
  s32(value) {
    const bytes = []
    let left = value
    while (left < -0x40 || left > 0x3f) {
      bytes.push((left & 0x7f) | 0x80)
      left >>= 7
    }
    return this.bytes(...bytes, left & 0x7f)
  }
  name(name) {
    const bytes = new TextEncoder().encode(name)
    return this.u32(bytes.length).piece(bytes)
  }
  /** Another writer's pieces behind their length. */
  sized(inner) {
    this.u32(inner.#length)
    for (const piece of inner.#pieces) this.piece(piece)
    return this
  }
  join() {
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }
}
function leb(value) {
  const bytes = []
  let left = value
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  bytes.push(left)
  return bytes
}
//# sourceMappingURL=writer.js.map
