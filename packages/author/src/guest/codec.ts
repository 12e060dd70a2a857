// Runs inside the guest: turns values as the engine has them into values as the author's types say, and back.
import type { NumberName, RecordShape, Shape, VariantCase, VariantShape } from '../wit/shape.ts'
import { camelCase } from '../wit/label.ts'
import { shown } from './prelude.ts'

/** Turns one value into another. `at` names the value in a message. */
export type Turn = (value: unknown, at: string) => unknown

/** The engine in the component; what each takes and gives differs in a few places (ADR 42). */
export type GuestEngine = 'quickjs' | 'spidermonkey'

const ranges: Readonly<Record<Exclude<NumberName, 'f32' | 'f64'>, readonly [number, number]>> = {
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
  s8: [-(2 ** 7), 2 ** 7 - 1],
  s16: [-(2 ** 15), 2 ** 15 - 1],
  s32: [-(2 ** 31), 2 ** 31 - 1],
}

const arrays = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  s8: Int8Array,
  s16: Int16Array,
  s32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
}

const same: Turn = value => value

/** From the engine to the author. */
export function reader(shape: Shape): Turn {
  switch (shape.kind) {
    case 'number':
      // QuickJS writes 32 bits with a sign, whatever the type says.
      return shape.wit === 'u32' ? value => Number(value) >>> 0 : same
    case 'bigint':
      return value => fromLetters(value, shape.wit)
    case 'bytes':
      return bytesOf
    case 'list': {
      const item = reader(shape.item)
      return (value, at) => Array.from(iterable(value), part => item(part, at))
    }
    case 'tuple': {
      const items = shape.items.map(reader)
      return (value, at) => Array.from(iterable(value), (part, index) => (items[index] ?? same)(part, at))
    }
    case 'option': {
      const some = reader(shape.some)
      const none = shape.none === 'null' ? null : undefined
      return (value, at) => (value === null || value === undefined ? none : some(value, at))
    }
    case 'result':
      return readResult(shape.ok, shape.error)
    case 'record':
      return readRecord(shape)
    case 'variant':
      return readVariant(shape)
    case 'enum': {
      const names = new Map(shape.cases.map(({ label, name }) => [label, name]))
      return value => names.get(String(value))
    }
    case 'flags':
      return value =>
        new Set(shape.cases.filter(({ label }) => at(value, camelCase(label)) === true).map(({ name }) => name))
    default:
      return same
  }
}

/** ComponentizeJS makes its arrays in a realm of its own, where `Uint8Array` is another class. */
function bytesOf(value: unknown): unknown {
  if (value instanceof Uint8Array || !ArrayBuffer.isView(value)) return value
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function readResult(ok: Shape | undefined, error: Shape | undefined): Turn {
  const [readOk, readError] = [ok && reader(ok), error && reader(error)]
  return (value, path) =>
    at(value, 'tag') === 'ok'
      ? { ok: readOk?.(at(value, 'val'), path) }
      : { error: readError?.(at(value, 'val'), path) }
}

function readRecord({ fields }: RecordShape): Turn {
  const parts = fields.map(({ name, label, shape }) => ({ name, key: camelCase(label), read: reader(shape) }))
  return (value, path) => Object.fromEntries(parts.map(({ name, key, read }) => [name, read(at(value, key), path)]))
}

function readVariant({ tag, cases }: VariantShape): Turn {
  const readers = new Map(cases.map(each => [each.label, readCase(tag, each)]))
  return (value, path) => readers.get(String(at(value, 'tag')))?.(at(value, 'val'), path)
}

function readCase(tag: string, { name, payload, key }: VariantCase): Turn {
  const read = payload && reader(payload)
  return (value, path) => {
    const inner = read?.(value, path)
    return key === undefined ? { [tag]: name, ...(inner as object | undefined) } : { [tag]: name, [key]: inner }
  }
}

/** From the author to the engine. Throws a TypeError that names what is not of its type. */
export function writer(shape: Shape, engine: GuestEngine): Turn {
  switch (shape.kind) {
    case 'number':
      return writeNumber(shape.wit, engine)
    case 'bigint':
      return (value, path) => toLetters(bigintOf(value, shape.wit, path), engine)
    case 'bool':
      return (value, path) => (typeof value === 'boolean' ? value : wrong('a boolean', value, path))
    case 'string':
      return (value, path) => (typeof value === 'string' ? value.toWellFormed() : wrong('a string', value, path))
    case 'char':
      return (value, path) => (isChar(value) ? value : wrong('one character', value, path))
    case 'bytes':
      return (value, path) => (value instanceof Uint8Array ? value : wrong('a Uint8Array', value, path))
    case 'list':
      return writeList(shape.item, engine)
    case 'tuple':
      return writeTuple(shape.items, engine)
    case 'option': {
      const some = writer(shape.some, engine)
      return (value, path) => (value === null || value === undefined ? undefined : some(value, path))
    }
    case 'result':
      return writeResult(shape.ok, shape.error, engine)
    case 'record':
      return writeRecord(shape, engine)
    case 'variant':
      return writeVariant(shape, engine)
    case 'enum': {
      const labels = new Map(shape.cases.map(({ label, name }): [unknown, string] => [name, label]))
      return (value, path) => labels.get(value) ?? wrong(`one of ${[...labels.keys()].join(', ')}`, value, path)
    }
    case 'flags':
      return (value, path) => {
        const set = value instanceof Set ? value : wrong('a Set', value, path)
        return Object.fromEntries(shape.cases.map(({ label, name }) => [camelCase(label), set.has(name)]))
      }
  }
}

function writeNumber(wit: NumberName, engine: GuestEngine): Turn {
  if (wit === 'f32' || wit === 'f64')
    return (value, path) => (typeof value === 'number' ? value : wrong('a number', value, path))
  const [least, most] = ranges[wit]
  return (value, path) => {
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) return wrong(wit, value, path)
    // QuickJS reads 32 bits with a sign, whatever the type says.
    return wit === 'u32' && engine === 'quickjs' ? Number(value) | 0 : value
  }
}

function writeList(item: Shape, engine: GuestEngine): Turn {
  // A typed array holds whole numbers on every engine.
  const write = writer(item, item.kind === 'bigint' || item.kind === 'number' ? 'spidermonkey' : engine)
  // Numbers go as typed arrays, which engines copy whole.
  const pack = (values: unknown[]): unknown => {
    if (item.kind === 'number') return arrays[item.wit].from(values.map(Number))
    if (item.kind === 'bigint') return (item.wit === 'u64' ? BigUint64Array : BigInt64Array).from(values.map(asBigint))
    return values
  }
  return (value, path) => {
    const list = Array.isArray(value) || ArrayBuffer.isView(value) ? iterable(value) : wrong('an array', value, path)
    return pack(Array.from(list, (part, index) => write(part, `${path}[${index}]`)))
  }
}

function writeTuple(items: readonly Shape[], engine: GuestEngine): Turn {
  const writers = items.map(item => writer(item, engine))
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== writers.length)
      return wrong(`an array of ${writers.length}`, value, path)
    return writers.map((write, index) => write(value[index], `${path}[${index}]`))
  }
}

function writeResult(ok: Shape | undefined, error: Shape | undefined, engine: GuestEngine): Turn {
  const [writeOk, writeError] = [ok && writer(ok, engine), error && writer(error, engine)]
  return (value, path) => {
    if (has(value, 'ok')) return { tag: 'ok', val: writeOk?.(at(value, 'ok'), `${path}.ok`) }
    if (has(value, 'error')) return { tag: 'err', val: writeError?.(at(value, 'error'), `${path}.error`) }
    return wrong('{ ok } or { error }', value, path)
  }
}

function writeRecord({ fields }: RecordShape, engine: GuestEngine): Turn {
  const parts = fields.map(({ name, label, shape }) => ({ name, key: camelCase(label), write: writer(shape, engine) }))
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return wrong('an object', value, path)
    return Object.fromEntries(parts.map(({ name, key, write }) => [key, write(at(value, name), `${path}.${name}`)]))
  }
}

function writeVariant({ tag, cases }: VariantShape, engine: GuestEngine): Turn {
  const writers = new Map(
    cases.map(({ name, label, payload, key }): [unknown, Turn] => {
      const write = payload && writer(payload, engine)
      return [name, (value, path) => ({ tag: label, val: write?.(key === undefined ? value : at(value, key), path) })]
    }),
  )
  return (value, path) => {
    const write = writers.get(at(value, tag))
    return write
      ? write(value, path)
      : wrong(`an object whose "${tag}" is one of ${[...writers.keys()].join(', ')}`, value, path)
  }
}

function isChar(value: unknown): boolean {
  return typeof value === 'string' && [...value].length === 1 && value.isWellFormed()
}

function bigintOf(value: unknown, wit: 'u64' | 's64', path: string): bigint {
  const fits =
    typeof value === 'bigint' && (wit === 'u64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) === value
  return fits ? value : wrong(`${wit} (a bigint)`, value, path)
}

function asBigint(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n
}

/** QuickJS gets 64 bits as 16 letters, four bits each, the lowest first. */
function toLetters(value: bigint, engine: GuestEngine): unknown {
  if (engine !== 'quickjs') return value
  const hex = BigInt.asUintN(64, value).toString(16).padStart(16, '0')
  return Array.from(hex, digit => String.fromCharCode(97 + Number.parseInt(digit, 16)))
    .reverse()
    .join('')
}

function fromLetters(value: unknown, wit: 'u64' | 's64'): unknown {
  // ComponentizeJS gives the bits without their sign.
  if (typeof value === 'bigint') return wit === 'u64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
  if (typeof value !== 'string') return value
  let bits = 0n
  for (let index = value.length - 1; index >= 0; index--) bits = (bits << 4n) | BigInt(value.charCodeAt(index) - 97)
  return wit === 'u64' ? bits : BigInt.asIntN(64, bits)
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function has(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value
}

function iterable(value: unknown): ArrayLike<unknown> {
  return value as ArrayLike<unknown>
}

function wrong(expected: string, value: unknown, path: string): never {
  const problem = new TypeError(`${path}: expected ${expected}, got ${shown(value).slice(0, 80)}`)
  // Where it was found is in this file, which tells the author nothing.
  problem.stack = ''
  throw problem
}
