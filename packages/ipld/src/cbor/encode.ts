import { CID } from 'multiformats/cid'
import { depthMax } from '../limits.ts'
import { Float, isMap, type Value } from '../value.ts'

/**
 * Encodes a value as canonical DAG-CBOR (IPLD DAG-CBOR § Strictness).
 *
 * @throws TypeError on what is no {@link Value} (`undefined`, NaN, an integer over 64 bits, nesting over the limit):
 *   values from outside were decoded before, so only our own bug brings one here.
 */
export function encode(value: Value): Uint8Array<ArrayBuffer> {
  // What throws half-way leaves its bytes behind, so the start is set here and not at the end.
  writer.start()
  writer.item(value, 0)
  return writer.finish()
}

const utf8 = new TextEncoder()
const tagLink = 42

/** Up to how many bytes are kept for the next value. */
const keptBytesMax = 64 * 1024

class Writer {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  start(): void {
    this.#length = 0
    if (this.#bytes.length > keptBytesMax) this.#grow(1024)
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  item(value: Value, depth: number): void {
    if (depth > depthMax) throw new TypeError(`a value nested deeper than ${depthMax} has no DAG-CBOR form`)
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value === null) this.#byte(0xf6)
    else if (isMap(value)) this.#map(value, depth)
    else if (value instanceof CID) this.#link(value)
    else if (value instanceof Uint8Array) this.#string(2, value)
    else if (Array.isArray(value)) this.#list(value, depth)
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4)
    else if (typeof value === 'bigint') this.#integer(value)
    else if (value instanceof Float) this.#float(value.value)
    else throw new TypeError(`${typeof value} has no DAG-CBOR form`)
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) this.#integer(value)
    else this.#float(value)
  }

  #integer(value: number | bigint): void {
    if (value >= 0) this.#head(0, value)
    else this.#head(1, typeof value === 'bigint' ? -1n - value : -1 - value)
  }

  #float(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no DAG-CBOR form`)
    this.#reserve(9)
    this.#view.setUint8(this.#length, 0xfb)
    this.#view.setFloat64(this.#length + 1, value)
    this.#length += 9
  }

  #link(cid: CID): void {
    const { bytes } = cid
    const { length } = bytes
    this.#head(6, tagLink)
    this.#head(2, length + 1)
    this.#reserve(length + 1)
    const at = this.#length
    this.#bytes[at] = 0
    // Shorter than what it takes to call for a copy.
    for (let i = 0; i < length; i++) this.#bytes[at + 1 + i] = bytes[i] ?? 0
    this.#length = at + 1 + length
  }

  #list(list: readonly Value[], depth: number): void {
    this.#head(4, list.length)
    for (const element of list) this.item(element, depth + 1)
  }

  #map(map: { readonly [key: string]: Value }, depth: number): void {
    const keys = sorted(Object.keys(map))
    this.#head(5, keys.length)
    for (const key of keys) {
      const inner = map[key]
      if (inner === undefined) throw new TypeError(`undefined, under the key "${key}", has no DAG-CBOR form`)
      this.#text(key)
      this.item(inner, depth + 1)
    }
  }

  #text(text: string): void {
    if (!isShortAscii(text)) {
      if (!text.isWellFormed()) throw new TypeError('half a surrogate pair has no DAG-CBOR form')
      this.#string(3, utf8.encode(text))
      return
    }
    const { length } = text
    this.#head(3, length)
    this.#reserve(length)
    const bytes = this.#bytes
    const start = this.#length
    for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i)
    this.#length = start + length
  }

  #string(major: number, bytes: Uint8Array): void {
    this.#head(major, bytes.length)
    this.#append(bytes)
  }

  #head(major: number, argument: number | bigint): void {
    this.#reserve(9)
    const at = this.#length
    const type = major << 5
    if (argument < 24) {
      this.#view.setUint8(at, type | Number(argument))
      this.#length += 1
    } else if (argument <= 0xff) {
      this.#view.setUint16(at, ((type | 24) << 8) | Number(argument))
      this.#length += 2
    } else if (argument <= 0xffff) {
      this.#view.setUint8(at, type | 25)
      this.#view.setUint16(at + 1, Number(argument))
      this.#length += 3
    } else if (argument <= 0xffffffff) {
      this.#view.setUint8(at, type | 26)
      this.#view.setUint32(at + 1, Number(argument))
      this.#length += 5
    } else {
      if (argument > 0xffffffffffffffffn) throw new TypeError('an integer over 64 bits has no DAG-CBOR form')
      this.#view.setUint8(at, type | 27)
      this.#view.setBigUint64(at + 1, BigInt(argument))
      this.#length += 9
    }
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    this.#grow(Math.max(this.#bytes.length * 2, this.#length + count))
  }

  #grow(size: number): void {
    const grown = new Uint8Array(size)
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** One writer for all: encoding is synchronous, and runs nothing of anybody else's. */
const writer = new Writer()

/** Most keys and names are: their bytes are their characters, and need no encoder. */
function isShortAscii(text: string): boolean {
  if (text.length > 64) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** Keys in DAG-CBOR's order: shorter first, then bytewise. Most maps have a few, which `sort` takes four times as long for. */
function sorted(keys: string[]): readonly string[] {
  if (!keys.every(isShortAscii)) return keys.sort(compareTexts)
  if (keys.length > 16) return keys.sort(compareAscii)
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ''
    let at = i
    for (let before = keys[at - 1] ?? ''; at > 0 && compareAscii(before, key) > 0; before = keys[at - 1] ?? '') {
      keys[at] = before
      at -= 1
    }
    keys[at] = key
  }
  return keys
}

function compareAscii(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

/** DAG-CBOR's key order, of texts. */
function compareTexts(a: string, b: string): number {
  return compareKeys(utf8.encode(a), utf8.encode(b))
}

/** DAG-CBOR's key order: shorter first, then bytewise. */
function compareKeys(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
