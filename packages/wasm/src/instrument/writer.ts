/** Collects pieces of a module that is being rewritten; what is taken over is copied once, at the end. */
export class ByteWriter {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  bytes(...bytes: number[]): this {
    return this.piece(Uint8Array.from(bytes))
  }

  piece(piece: Uint8Array): this {
    this.#pieces.push(piece)
    this.#length += piece.length
    return this
  }

  u32(value: number): this {
    return this.bytes(...leb(value))
  }

  /** A signed integer of 32 bits. */
  s32(value: number): this {
    const bytes: number[] = []
    let left = value
    while (left < -0x40 || left > 0x3f) {
      bytes.push((left & 0x7f) | 0x80)
      left >>= 7
    }
    return this.bytes(...bytes, left & 0x7f)
  }

  name(name: string): this {
    const bytes = new TextEncoder().encode(name)
    return this.u32(bytes.length).piece(bytes)
  }

  /** Another writer's pieces behind their length. */
  sized(inner: ByteWriter): this {
    this.u32(inner.#length)
    for (const piece of inner.#pieces) this.piece(piece)
    return this
  }

  join(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }
}

function leb(value: number): number[] {
  const bytes: number[] = []
  let left = value
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  bytes.push(left)
  return bytes
}
