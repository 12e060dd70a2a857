import { error, floatValue, integerValue, ok, setKey, type Failure, type Result, type Value } from '@ipvm/ipld'
import { casesOf, type WitType } from '../type/type.ts'
import { isCase, isNumericArray, isSequence, type WitValue } from './wit-value.ts'

/** A function's result has no form in the IPLD data model: NaN or an infinity, which DAG-CBOR does not have. */
export interface Unrepresentable extends Failure {
  readonly name: 'Unrepresentable'
  readonly path: string
}

class NotRepresentable {
  readonly path: string
  readonly value: number

  constructor(path: string, value: number) {
    this.path = path
    this.value = value
  }
}

/**
 * A WIT value of a type as an IPLD value (wire format § IPLD ↔ WIT). Nothing is reinterpreted: a string stays a
 * string, an empty `list<u8>` stays bytes. `path` begins the path in messages, as `result`.
 */
export function fromWit(type: WitType, value: WitValue, path: string): Result<Value, Unrepresentable> {
  try {
    return ok(convert(type, value, path))
  } catch (thrown) {
    if (!(thrown instanceof NotRepresentable)) throw thrown
    const message = `${thrown.path}: ${thrown.value} has no form in DAG-CBOR; have the function return an option or a string where a number may be missing`
    return error({ name: 'Unrepresentable', message, path: thrown.path })
  }
}

function convert(type: WitType, value: WitValue, path: string): Value {
  switch (type.kind) {
    case 'list':
      return fromList(type.type, value, path)
    case 'tuple':
      return parts(value).map((part, i) => convert(typeAt(type.types, i), part, `${path}[${i}]`))
    case 'record': {
      const map: Record<string, Value> = {}
      const values = parts(value)
      type.fields.forEach((field, i) => {
        setKey(map, field.name, convert(field.type, typeAt(values, i), `${path}.${field.name}`))
      })
      return map
    }
    case 'variant':
    case 'result':
    case 'option':
      return fromCase(type, value, path)
    case 'enum':
      return typeAt(type.names, Number(value))
    case 'flags':
      return type.names.filter((_, i) => (Number(value) & (2 ** i)) !== 0)
    default:
      return fromPrimitive(type.kind, value, path)
  }
}

function fromPrimitive(kind: string, value: WitValue, path: string): Value {
  if (typeof value === 'bigint') return integerValue(value)
  if (typeof value === 'number') {
    if (kind !== 'f32' && kind !== 'f64') return value
    if (!Number.isFinite(value)) throw new NotRepresentable(path, value)
    return floatValue(value)
  }
  if (typeof value === 'boolean' || typeof value === 'string') return value
  throw new TypeError(`a WIT ${kind} that is not one: lifting has a bug`)
}

function fromList(element: WitType, value: WitValue, path: string): Value {
  if (value instanceof Uint8Array) return value
  if (!isNumericArray(value)) return parts(value).map((part, i) => convert(element, part, `${path}[${i}]`))
  const list: Value[] = []
  for (const entry of value) list.push(fromPrimitive(element.kind, entry, `${path}[${list.length}]`))
  return list
}

function fromCase(type: WitType & { kind: 'variant' | 'result' | 'option' }, value: WitValue, path: string): Value {
  if (!isCase(value)) throw new TypeError('a WIT case that is not one: lifting has a bug')
  const found = typeAt(casesOf(type), value.case)
  const inner = type.kind === 'option' ? path : `${path}.${found.name}`
  const payload = found.type === undefined || value.value === undefined ? null : convert(found.type, value.value, inner)
  if (type.kind !== 'option') return setCase(found.name, payload)
  // An option of an option writes its `some` (ADR 10).
  return value.case === 1 && type.type.kind === 'option' ? setCase('some', payload) : payload
}

function setCase(name: string, payload: Value): Value {
  const map: Record<string, Value> = {}
  setKey(map, name, payload)
  return map
}

function parts(value: WitValue): readonly WitValue[] {
  if (isSequence(value)) return value
  throw new TypeError('a WIT list, tuple or record that is not one: lifting has a bug')
}

function typeAt<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new TypeError('a WIT value with more parts than its type: lifting has a bug')
  return found
}
