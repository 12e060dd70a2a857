// Runs inside the guest: values as canonical DAG-CBOR.

/** A link to a block, by the bytes of its CID. */
export class Link {
  readonly cid: Uint8Array

  constructor(cid: Uint8Array) {
    this.cid = cid
  }
}

/** A number that is a float also where it is whole; plain numbers are integers then. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** What may stand in a task's arguments. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Link
  | Float
  | readonly Value[]
  | { readonly [key: string]: Value }

/** A value as DAG-CBOR. Throws a TypeError where it is none. */
export function encode(value: Value): Uint8Array {
  const parts: number[] = []
  write(value, parts)
  return Uint8Array.from(parts)
}

function write(value: Value, to: number[]): void {
  if (value === null) to.push(0xf6)
  else if (typeof value === 'boolean') to.push(value ? 0xf5 : 0xf4)
  else if (typeof value === 'number') writeNumber(value, to)
  else if (typeof value === 'bigint') writeInteger(value, to)
  else if (typeof value === 'string') writeText(value, to)
  else if (value instanceof Uint8Array) writeBytes(value, to)
  else if (value instanceof Link) {
    to.push(0xd8, 0x2a)
    writeBytes(Uint8Array.of(0, ...value.cid), to)
  } else if (value instanceof Float) writeFloat(value.value, to)
  else if (isList(value)) {
    head(4, BigInt(value.length), to)
    for (const part of value) write(part, to)
  } else if (typeof value === 'object') writeMap(value, to)
  else throw new TypeError(`a ${typeof value} has no place in a task`)
}

function isList(value: readonly Value[] | { readonly [key: string]: Value }): value is readonly Value[] {
  return Array.isArray(value)
}

function writeNumber(value: number, to: number[]): void {
  if (Number.isSafeInteger(value)) writeInteger(BigInt(value), to)
  else writeFloat(value, to)
}

function writeInteger(value: bigint, to: number[]): void {
  const [major, size] = value < 0n ? [1, -1n - value] : [0, value]
  if (size >= 1n << 64n) throw new TypeError(`${value} has more than 64 bits`)
  head(major, size, to)
}

function writeFloat(value: number, to: number[]): void {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in a task`)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value)
  to.push(0xfb, ...bytes)
}

function writeText(value: string, to: number[]): void {
  if (!value.isWellFormed()) throw new TypeError('text that is no Unicode has no place in a task')
  const bytes = new TextEncoder().encode(value)
  head(3, BigInt(bytes.length), to)
  for (const byte of bytes) to.push(byte)
}

function writeBytes(value: Uint8Array, to: number[]): void {
  head(2, BigInt(value.length), to)
  for (const byte of value) to.push(byte)
}

/** Keys in the order of their lengths, then of their bytes. */
function writeMap(map: { readonly [key: string]: Value }, to: number[]): void {
  const entries = Object.entries(map).map(([key, value]) => ({ key: new TextEncoder().encode(key), text: key, value }))
  entries.sort((a, b) => a.key.length - b.key.length || compared(a.key, b.key))
  head(5, BigInt(entries.length), to)
  for (const { text, value } of entries) {
    writeText(text, to)
    write(value, to)
  }
}

function compared(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

/** The major type of an item, with its number in the shortest form. */
function head(major: number, size: bigint, to: number[]): void {
  const bytes = size < 24n ? 0 : size < 256n ? 1 : size < 65_536n ? 2 : size < 4_294_967_296n ? 4 : 8
  const small = bytes === 0 ? Number(size) : 24 + Math.log2(bytes)
  to.push((major << 5) | small)
  for (let at = bytes - 1; at >= 0; at--) to.push(Number((size >> BigInt(8 * at)) & 0xffn))
}
