import { takeCid } from '../cid.ts'
import { depthMax } from '../limits.ts'
import { knownText, rememberText } from './known-text.ts'
import { error, ok, type Failure, type Result } from '../result.ts'
import { floatValue, integerValue, setKey, type Value } from '../value.ts'

/** The bytes are not canonical DAG-CBOR; `offset` is where. */
export interface MalformedCbor extends Failure {
  readonly name: 'MalformedCbor'
  readonly offset: number
}

/**
 * Where each list and map of a decoded value stood in the bytes: signatures and names are checked over those original
 * bytes, never over a second encoding.
 */
export type ByteRanges = WeakMap<object, readonly [start: number, end: number]>

/**
 * Decodes one canonical DAG-CBOR item that fills `bytes`. Refused: other lengths than the shortest, unsorted or
 * repeated keys, floats under 64 bits, NaN and infinities, tags but 42, indefinite items, `undefined`, invalid UTF-8,
 * nesting over {@link depthMax}. Byte strings are views of `bytes`, not copies.
 *
 * @param ranges filled with the byte range of every list and map, where given
 * @param itemsMax how many items may be made of the bytes: a small one takes a hundred times its bytes in memory
 */
export function decode(
  bytes: Uint8Array,
  ranges?: ByteRanges,
  itemsMax = Number.POSITIVE_INFINITY,
): Result<Value, MalformedCbor> {
  const reader = new Reader(bytes, ranges, itemsMax)
  try {
    const value = reader.item(0)
    if (reader.offset < bytes.length) reader.fail('more bytes after the value')
    return ok(value)
  } catch (thrown) {
    if (thrown instanceof Refusal) return error(thrown.failure)
    throw thrown
  }
}

/** Carries a refusal out of the recursion; never leaves this file. */
class Refusal {
  readonly failure: MalformedCbor

  constructor(failure: MalformedCbor) {
    this.failure = failure
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Reader {
  offset = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #ranges: ByteRanges | undefined
  #itemsLeft: number

  constructor(bytes: Uint8Array, ranges: ByteRanges | undefined, itemsMax: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#ranges = ranges
    this.#itemsLeft = itemsMax
  }

  fail(problem: string, offset = this.offset): never {
    throw new Refusal({
      name: 'MalformedCbor',
      message: `not canonical DAG-CBOR: ${problem}, at byte ${offset}`,
      offset,
    })
  }

  item(depth: number): Value {
    if (depth > depthMax) this.fail(`nested deeper than ${depthMax}`)
    if (this.#itemsLeft-- <= 0) this.fail('too many items')
    const start = this.offset
    const head = this.#bytes[start]
    if (head === undefined) return this.fail('the value is cut off')
    this.offset += 1
    const minor = head & 0x1f
    switch (head >> 5) {
      case 0:
        return this.#integer(this.#argument(minor), false)
      case 1:
        return this.#integer(this.#argument(minor), true)
      case 2:
        return this.#take(this.#length(minor))
      case 3:
        return this.#text(this.#length(minor))
      case 4:
        return this.#list(this.#length(minor), depth, start)
      case 5:
        return this.#map(this.#length(minor), depth, start)
      case 6:
        return this.#link(minor, start)
      default:
        return this.#simple(minor, start)
    }
  }

  /** The argument of an item's head in its shortest form (RFC 8949 § 4.2.1). */
  #argument(minor: number): number | bigint {
    if (minor < 24) return minor
    const at = this.offset
    const width = minor <= 27 ? 1 << (minor - 24) : this.fail('an indefinite or reserved length', at - 1)
    this.#need(width)
    this.offset += width
    const value =
      width === 1
        ? this.#view.getUint8(at)
        : width === 2
          ? this.#view.getUint16(at)
          : width === 4
            ? this.#view.getUint32(at)
            : this.#view.getBigUint64(at)
    const shortest = width === 1 ? value >= 24 : value >= 1n << BigInt(width * 4)
    if (!shortest) this.fail('a length or integer that is not in its shortest form', at - 1)
    return value
  }

  #integer(argument: number | bigint, negative: boolean): number | bigint {
    if (typeof argument === 'number') return negative ? -1 - argument : argument
    return integerValue(negative ? -1n - argument : argument)
  }

  #length(minor: number): number {
    const length = Number(this.#argument(minor))
    // Every element takes a byte at least, so a longer claim is a lie and must not size an allocation.
    if (length > this.#bytes.length - this.offset) this.fail('the value is cut off', this.#bytes.length)
    return length
  }

  #need(count: number): void {
    if (count > this.#bytes.length - this.offset) this.fail('the value is cut off', this.#bytes.length)
  }

  #take(count: number): Uint8Array {
    this.offset += count
    return this.#bytes.subarray(this.offset - count, this.offset)
  }

  #text(length: number): string {
    const start = this.offset
    const known = knownText(this.#bytes, start, length)
    if (known !== undefined) {
      this.offset += length
      return known
    }
    const bytes = this.#take(length)
    try {
      const text = utf8.decode(bytes)
      rememberText(text, this.#bytes, start, length)
      return text
    } catch {
      return this.fail('text that is not UTF-8', start)
    }
  }

  #list(length: number, depth: number, start: number): Value {
    const list: Value[] = []
    for (let i = 0; i < length; i++) list.push(this.item(depth + 1))
    this.#ranges?.set(list, [start, this.offset])
    return list
  }

  #map(length: number, depth: number, start: number): Value {
    const map: Record<string, Value> = {}
    let previous = 0
    let previousLength = -1
    for (let i = 0; i < length; i++) {
      const keyStart = this.offset
      const head = this.#bytes[keyStart]
      if (head === undefined || head >> 5 !== 3) this.fail('a map key that is not text')
      this.offset += 1
      const keyLength = this.#length(head & 0x1f)
      if (previousLength >= keyLength && !this.#isAfter(keyLength, previous, previousLength)) {
        this.fail('map keys unsorted or repeated', keyStart)
      }
      previous = this.offset
      previousLength = keyLength
      setKey(map, this.#text(keyLength), this.item(depth + 1))
    }
    this.#ranges?.set(map, [start, this.offset])
    return map
  }

  /** Whether the key that stands here comes after the one before it: a longer key does, and was not asked about. */
  #isAfter(length: number, previous: number, previousLength: number): boolean {
    if (previousLength > length) return false
    for (let i = 0; i < length; i++) {
      const difference = (this.#bytes[this.offset + i] ?? 0) - (this.#bytes[previous + i] ?? 0)
      if (difference !== 0) return difference > 0
    }
    return false
  }

  #link(minor: number, start: number): Value {
    if (this.#argument(minor) !== 42) this.fail('a tag other than 42', start)
    const head = this.#bytes[this.offset]
    if (head === undefined || head >> 5 !== 2) this.fail('a link that is not bytes')
    this.offset += 1
    const bytes = this.#take(this.#length(head & 0x1f))
    if (bytes[0] !== 0) this.fail('a link without its leading zero byte', start)
    const [cid, rest] = takeCid(bytes.subarray(1)) ?? []
    return cid && rest?.length === 0 ? cid : this.fail('a link that is not a CID', start)
  }

  #simple(minor: number, start: number): Value {
    if (minor === 20) return false
    if (minor === 21) return true
    if (minor === 22) return null
    if (minor !== 27) this.fail('a simple value or a float under 64 bits', start)
    this.#need(8)
    const value = this.#view.getFloat64(this.offset)
    this.offset += 8
    if (!Number.isFinite(value)) this.fail('NaN or an infinity', start)
    return floatValue(value)
  }
}
