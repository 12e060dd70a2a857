/** A varint as it comes in, byte by byte (multiformats unsigned-varint: shortest form, 9 bytes at most). */
export class VarintReader {
  #value = 0
  #bytes = 0

  /** Whether some of a varint has come and not all. */
  get isPartial(): boolean {
    return this.#bytes > 0
  }

  /** Takes the next byte: the value when that was the last one, undefined when more follow, or what is wrong. */
  push(byte: number): number | undefined | 'overlong' | 'too large' {
    this.#value += (byte & 0x7f) * 2 ** (7 * this.#bytes)
    this.#bytes += 1
    if (byte >= 0x80) return this.#bytes > 7 ? 'too large' : undefined
    const isOverlong = byte === 0 && this.#bytes > 1
    const value = this.#value
    this.#value = 0
    this.#bytes = 0
    if (isOverlong) return 'overlong'
    return Number.isSafeInteger(value) ? value : 'too large'
  }
}

/** A number as a varint in its shortest form. */
export function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
