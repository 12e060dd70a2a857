// TextEncoder and TextDecoder (UTF-8) for engines that have none.

class Encoder {
  readonly encoding = 'utf-8'

  encode(text = ''): Uint8Array {
    const bytes: number[] = []
    for (const character of text.toWellFormed()) {
      const code = character.codePointAt(0) ?? 0
      if (code < 0x80) bytes.push(code)
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code))
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code))
      else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code))
    }
    return Uint8Array.from(bytes)
  }
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

/** How many bytes follow a first byte, the bits that it carries, and the least code that needs that many. */
function startOf(byte: number): readonly [more: number, bits: number, least: number] | undefined {
  if (byte < 0x80) return [0, byte, 0]
  if (byte >= 0xc2 && byte < 0xe0) return [1, byte & 0x1f, 0x80]
  if (byte >= 0xe0 && byte < 0xf0) return [2, byte & 0x0f, 0x800]
  if (byte >= 0xf0 && byte < 0xf5) return [3, byte & 0x07, 0x10000]
  return undefined
}

class Decoder {
  readonly encoding = 'utf-8'
  readonly fatal: boolean
  readonly ignoreBOM: boolean

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`the encoding "${label}" is not known; utf-8 is`)
    this.fatal = fatal
    this.ignoreBOM = ignoreBOM
  }

  decode(input: ArrayBufferView | ArrayBuffer = new Uint8Array()): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input)
    const parts: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const [code, length] = codeAt(bytes, at)
      if (code === undefined && this.fatal) throw new TypeError(`the bytes are not UTF-8 at ${at}`)
      parts.push(String.fromCodePoint(code ?? 0xfffd))
      at += length
    }
    const text = parts.join('')
    return text.startsWith('\ufeff') && !this.ignoreBOM ? text.slice(1) : text
  }
}

/** The code at an offset (none where the bytes are not UTF-8), and how many bytes to go on by. */
function codeAt(bytes: Uint8Array, at: number): readonly [code: number | undefined, length: number] {
  const start = startOf(bytes[at] ?? 0)
  if (!start) return [undefined, 1]
  const [more, bits, least] = start
  let code = bits
  for (let index = 1; index <= more; index++) {
    const byte = bytes[at + index] ?? 0
    const next = (code << 6) | (byte & 0x3f)
    // A second byte may rule out a sequence already, which then ends before it (Encoding § UTF-8 decoder).
    const floor = index === 1 ? least >> (6 * (more - 1)) : 0
    const isSurrogate = index === 1 && more === 2 && next >= 0x360 && next < 0x380
    const isTooLarge = index === 1 && more === 3 && next >= 0x110
    if ((byte & 0xc0) !== 0x80 || next < floor || isSurrogate || isTooLarge) return [undefined, index]
    code = next
  }
  return [code, more + 1]
}

for (const [name, value] of Object.entries({ TextEncoder: Encoder, TextDecoder: Decoder })) {
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
}
