import { CID, error, Float, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import type { Field, WitType } from '../type/type.ts'
import { integerRange } from './integer.ts'
import { kebab, labelIndex } from './label.ts'
import { Mismatch, shown, type TypeMismatch } from './mismatch.ts'
import { isNumeric, numericArray, type NumericName, type WitCase, type WitValue } from './wit-value.ts'

/** The content of a link that stands where bytes are wanted, if it was fetched. */
export type ContentOf = (cid: CID) => Uint8Array | undefined

/**
 * An IPLD value as a WIT value of a type (wire format § IPLD ↔ WIT); nothing is guessed. `path` begins the path in
 * messages, as `params[2]`. Byte strings are taken over, not copied.
 */
export function toWit(type: WitType, value: Value, path: string, contentOf: ContentOf): Result<WitValue, TypeMismatch> {
  try {
    return ok(convert(type, value, path, contentOf))
  } catch (thrown) {
    if (thrown instanceof Mismatch) return error(thrown.failure)
    throw thrown
  }
}

function convert(type: WitType, value: Value, path: string, contentOf: ContentOf): WitValue {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(type, value, path)
    case 'char':
      return toChar(value, path)
    case 'string':
      return toText(value, path)
    case 'f32':
    case 'f64':
      return toFloat(type.kind, value, path)
    case 'list':
      return toList(type.type, type, value, path, contentOf)
    case 'tuple':
      return toTuple(type, value, path, contentOf)
    case 'record':
      return toRecord(type, value, path, contentOf)
    case 'variant':
      return toVariant(type, value, path, contentOf)
    case 'result':
      return toResult(type, value, path, contentOf)
    case 'option':
      return toOption(type, value, path, contentOf)
    case 'enum':
      return toEnum(type, value, path)
    case 'flags':
      return toFlags(type, value, path)
    case 'own':
    case 'borrow':
      // Functions that take handles are refused before; nothing in IPLD is one.
      return refuse(type, value, path)
    default:
      return toInteger(type.kind, value, path)
  }
}

function refuse(type: WitType | string, value: Value, path: string): never {
  throw new Mismatch(path, type, value)
}

function toInteger(kind: NumericName, value: Value, path: string): number | bigint {
  const whole = value instanceof Float ? value.value : value
  const isNumber = typeof whole === 'bigint' || (typeof whole === 'number' && Number.isInteger(whole))
  if (!isNumber) return refuse(kind, value, path)
  const range = integerRange(kind)
  if (!range || whole < range[0] || whole > range[1]) return refuse(kind, value, path)
  // An integral float may be -0, which no integer type has.
  return kind === 'u64' || kind === 's64' ? BigInt(whole) : Number(whole) + 0
}

function toFloat(kind: 'f32' | 'f64', value: Value, path: string): number {
  const fits = kind === 'f32' ? Math.fround : Number
  if (value instanceof Float || (typeof value === 'number' && !Number.isInteger(value))) {
    const float = fits(value instanceof Float ? value.value : value)
    return Number.isFinite(float) ? float : refuse(kind, value, path)
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return refuse(kind, value, path)
  // A float is rounded, as every float literal is; an integer is exact or it is refused.
  const exact = fits(Number(value))
  if (!Number.isFinite(exact) || BigInt(exact) !== BigInt(value)) {
    throw new Mismatch(path, kind, shown(`${value}, which an ${kind} cannot hold exactly`))
  }
  return exact
}

function toText(value: Value, path: string): string {
  if (value instanceof CID) return value.toString()
  if (typeof value !== 'string') return refuse('string', value, path)
  if (!value.isWellFormed()) throw new Mismatch(path, 'string', shown('text with half a character (a lone surrogate)'))
  return value
}

function toChar(value: Value, path: string): string {
  const isOne = typeof value === 'string' && value.isWellFormed() && [...value.slice(0, 3)].length === 1
  return isOne && (value.codePointAt(0) ?? 0) > (value.length === 1 ? -1 : 0xffff) ? value : refuse('char', value, path)
}

function toList(element: WitType, type: WitType, value: Value, path: string, contentOf: ContentOf): WitValue {
  if (element.kind === 'u8' && value instanceof Uint8Array) return value
  if (element.kind === 'u8' && value instanceof CID) {
    const content = contentOf(value)
    if (!content) throw new Mismatch(path, type, shown(`the link ${value}, whose content is not at hand`))
    return content
  }
  if (!isList(value)) return refuse(type, value, path)
  if (!isNumeric(element.kind)) return value.map((entry, i) => convert(element, entry, `${path}[${i}]`, contentOf))
  const list = numericArray(element.kind, value.length)
  value.forEach((entry, i) => {
    list[i] = convertNumber(element, entry, `${path}[${i}]`)
  })
  return list
}

function convertNumber(element: WitType, value: Value, path: string): number | bigint {
  if (element.kind === 'f32' || element.kind === 'f64') return toFloat(element.kind, value, path)
  return isNumeric(element.kind) ? toInteger(element.kind, value, path) : refuse(element, value, path)
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function toTuple(type: WitType & { kind: 'tuple' }, value: Value, path: string, contentOf: ContentOf): WitValue {
  if (!isList(value) || value.length !== type.types.length) return refuse(type, value, path)
  return value.map((entry, i) => {
    const part = type.types[i]
    return part ? convert(part, entry, `${path}[${i}]`, contentOf) : refuse(type, value, path)
  })
}

function toRecord(type: WitType & { kind: 'record' }, value: Value, path: string, contentOf: ContentOf): WitValue {
  if (!isMap(value)) return refuse(type, value, path)
  const given = new Map<number, string>()
  for (const key of Object.keys(value)) {
    const field = labelIndex(
      type.fields.map(({ name }) => name),
      key,
    )
    if (field < 0) throw new Mismatch(path, type, shown(`the key ${JSON.stringify(key)}, which it has not`))
    if (given.has(field)) throw new Mismatch(path, type, shown(`the key ${JSON.stringify(key)} in two spellings`))
    given.set(field, key)
  }
  return type.fields.map((field, i) => {
    const key = given.get(i)
    const entry = key === undefined ? undefined : value[key]
    if (entry === undefined)
      throw new Mismatch(fieldPath(path, field), field.type, shown('nothing: the key is missing'))
    return convert(field.type, entry, fieldPath(path, field), contentOf)
  })
}

function fieldPath(path: string, field: Field): string {
  return `${path}.${field.name}`
}

/** The only entry of a map that names one case. */
function onlyEntry(value: Value): readonly [key: string, payload: Value] | undefined {
  if (!isMap(value)) return undefined
  const entries = Object.entries(value)
  return entries.length === 1 ? entries[0] : undefined
}

function toVariant(type: WitType & { kind: 'variant' }, value: Value, path: string, contentOf: ContentOf): WitCase {
  const entry = onlyEntry(value)
  const index = entry
    ? labelIndex(
        type.cases.map(({ name }) => name),
        entry[0],
      )
    : -1
  const found = type.cases[index]
  if (!entry || !found) return refuse(type, value, path)
  return toCase(index, found.type, entry[1], `${path}.${found.name}`, contentOf)
}

function toResult(type: WitType & { kind: 'result' }, value: Value, path: string, contentOf: ContentOf): WitCase {
  const [key, payload] = onlyEntry(value) ?? [undefined, null]
  if (key === 'ok') return toCase(0, type.ok, payload, `${path}.ok`, contentOf)
  if (key === 'error') return toCase(1, type.error, payload, `${path}.error`, contentOf)
  return refuse(type, value, path)
}

function toCase(index: number, type: WitType | undefined, payload: Value, path: string, contentOf: ContentOf): WitCase {
  if (type) return { case: index, value: convert(type, payload, path, contentOf) }
  if (payload !== null) return refuse('null (the case carries nothing)', payload, path)
  return { case: index }
}

/** An option of an option writes its `some`, or `some(none)` could not be told from `none` (ADR 10). */
function toOption(type: WitType & { kind: 'option' }, value: Value, path: string, contentOf: ContentOf): WitCase {
  if (value === null) return { case: 0 }
  if (type.type.kind !== 'option') return { case: 1, value: convert(type.type, value, path, contentOf) }
  const [key, inner] = onlyEntry(value) ?? [undefined, null]
  if (key !== 'some') throw new Mismatch(path, 'null or {"some": …} (an option of an option)', value)
  return { case: 1, value: convert(type.type, inner, `${path}.some`, contentOf) }
}

function toEnum(type: WitType & { kind: 'enum' }, value: Value, path: string): number {
  const index = typeof value === 'string' ? labelIndex(type.names, value) : -1
  return index < 0 ? refuse(type, value, path) : index
}

function toFlags(type: WitType & { kind: 'flags' }, value: Value, path: string): number {
  if (!isList(value)) return refuse(type, value, path)
  const names: WitType & { kind: 'enum' } = { kind: 'enum', names: type.names }
  let bits = 0
  value.forEach((entry, i) => {
    const bit = 2 ** toEnum(names, entry, `${path}[${i}]`)
    if ((bits & bit) !== 0) throw new Mismatch(`${path}[${i}]`, type, shown(`${kebab(String(entry))} twice`))
    bits = (bits | bit) >>> 0
  })
  return bits
}
