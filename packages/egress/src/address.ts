import { isIP } from 'node:net'

/** The bytes of an IP address: 4 or 16; nothing where the text is none, or names an interface (`fe80::1%eth0`). */
export function addressBytes(text: string): Uint8Array | undefined {
  const kind = text.includes('%') ? 0 : isIP(text)
  if (kind === 4) return Uint8Array.from(text.split('.'), Number)
  return kind === 6 ? ipv6Bytes(text) : undefined
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = /[\d.]+$/.exec(text)?.[0] ?? ''
  const isMixed = dotted.includes('.')
  const last = isMixed ? Array.from(dotted.split('.'), Number) : []
  const words = isMixed ? text.slice(0, -dotted.length).replace(/([^:]):$/, '$1') : text
  const [head = '', tail] = words.split('::')
  const front = wordBytes(head)
  const back = [...wordBytes(tail ?? ''), ...last]
  const bytes = new Uint8Array(16)
  bytes.set(front)
  bytes.set(back, 16 - back.length)
  return bytes
}

function wordBytes(words: string): number[] {
  return words
    .split(':')
    .filter(word => word !== '')
    .flatMap(word => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff])
}

/** A range of addresses: those that begin with the same bits. */
export interface Prefix {
  readonly bytes: Uint8Array
  readonly bits: number
}

/** Reads `10.0.0.0/8`, or one address. Bits behind the prefix have to be 0. */
export function readPrefix(text: string): Prefix | undefined {
  const [address = '', length] = text.split('/')
  const bytes = addressBytes(address)
  if (!bytes || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const bits = length === undefined ? bytes.length * 8 : Number(length)
  if (bits > bytes.length * 8) return undefined
  const isClean = bytes.every((byte, i) => (byte & ~maskAt(bits, i) & 0xff) === 0)
  return isClean ? { bytes, bits } : undefined
}

/** Whether an address is of a range. */
export function isWithin(address: Uint8Array, { bytes, bits }: Prefix): boolean {
  return address.length === bytes.length && address.every((byte, i) => (byte & maskAt(bits, i)) === bytes[i])
}

function maskAt(bits: number, index: number): number {
  const own = Math.min(8, Math.max(0, bits - index * 8))
  return (0xff << (8 - own)) & 0xff
}
