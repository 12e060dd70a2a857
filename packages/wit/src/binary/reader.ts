import { entriesMax, nameBytesMax } from '../limits.ts'

/** Carries a refusal out of the recursion of a reader; whoever starts the reading catches it and returns its data. */
export class Refusal {
  readonly problem: string
  readonly offset: number

  constructor(problem: string, offset: number) {
    this.problem = problem
    this.offset = offset
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the pieces that core modules and components are made of (WebAssembly § Binary Format, Values), and never past
 * `end`. A malformed piece throws {@link Refusal}.
 */
export class ByteReader {
  offset: number
  readonly end: number
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.offset = start
    this.end = end
  }

  get done(): boolean {
    return this.offset >= this.end
  }

  fail(problem: string, offset = this.offset): never {
    throw new Refusal(problem, offset)
  }

  byte(): number {
    const value = this.bytes[this.offset]
    if (value === undefined || this.offset >= this.end) return this.fail('it is cut off', this.end)
    this.offset += 1
    return value
  }

  peek(): number | undefined {
    return this.offset < this.end ? this.bytes[this.offset] : undefined
  }

  u32(): number {
    const start = this.offset
    const first = this.bytes[start]
    // Nearly all integers are of one byte.
    if (first !== undefined && first < 0x80 && start < this.end) {
      this.offset = start + 1
      return first
    }
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) this.fail('an integer over 32 bits', start)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return this.fail('an integer over 32 bits', start)
  }

  /** A signed LEB128 integer of at most 33 bits, as types and block types are written. */
  s33(): number {
    const start = this.offset
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte >= 0x80) continue
      return (byte & 0x40) === 0 ? value : value - 2 ** (shift + 7)
    }
    return this.fail('an integer over 33 bits', start)
  }

  /** Steps over a LEB128 integer of at most `bits` bits. */
  skipInteger(bits: number): void {
    const start = this.offset
    const first = this.bytes[start]
    if (first !== undefined && first < 0x80 && start < this.end) {
      this.offset = start + 1
      return
    }
    for (let length = Math.ceil(bits / 7); length > 0; length--) {
      if (this.byte() < 0x80) return
    }
    this.fail(`an integer over ${bits} bits`, start)
  }

  skip(count: number): void {
    if (count > this.end - this.offset) this.fail('it is cut off', this.end)
    this.offset += count
  }

  name(max = nameBytesMax): string {
    const start = this.offset
    const length = this.u32()
    if (length > max) this.fail(`a name over ${max} bytes`, start)
    const from = this.offset
    this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(from, this.offset))
    } catch {
      return this.fail('a name that is not UTF-8', from)
    }
  }

  /** The count that stands before a vector. Every entry takes a byte at least, so a longer claim is a lie. */
  count(max = entriesMax): number {
    const start = this.offset
    const count = this.u32()
    if (count > this.end - this.offset) this.fail('a count larger than what follows', start)
    if (count > max) this.fail(`${count} entries where at most ${max} are read`, start)
    return count
  }

  vector<T>(entry: (reader: this) => T, max = entriesMax): T[] {
    const entries: T[] = []
    for (let left = this.count(max); left > 0; left--) entries.push(entry(this))
    return entries
  }

  /** A reader of the next `length` bytes, which this one steps over. */
  slice(length: number): ByteReader {
    const start = this.offset
    this.skip(length)
    return new ByteReader(this.bytes, start, this.offset)
  }
}
