import { CID, error, isMap, ok, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { isDid, type Did } from '@ipvm/varsig'
import { isCommand } from '../command/command.ts'

/** A token's payload lacks a field, has one too many, or one of the wrong type. */
export interface InvalidClaim extends Failure {
  readonly name: 'InvalidClaim'
  readonly field: string
}

/** Seconds since the epoch, UTC; whole, within ±(2^53−1). */
export type UnixSeconds = number

/** What one field has to be. */
export interface Check<T extends Value, Absent extends boolean = false> {
  readonly expected: string
  readonly mayBeAbsent: Absent
  readonly holds: (value: Value) => value is T
}

/** What a payload's fields are checked against. */
export type Shape = Readonly<Record<string, Check<Value, boolean>>>

/** The type of a payload that a {@link Shape} holds for. */
export type Claims<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Check<Value, true> ? never : K]: Held<S[K]>
} & {
  readonly [K in keyof S as S[K] extends Check<Value, true> ? K : never]?: Held<S[K]>
}

type Held<C> = C extends Check<infer T, boolean> ? T : never

function check<T extends Value>(expected: string, holds: (value: Value) => value is T): Check<T> {
  return { expected, mayBeAbsent: false, holds }
}

/** The same check, for a field that may be absent. */
export function optional<T extends Value>(inner: Check<T>): Check<T, true> {
  return { ...inner, mayBeAbsent: true }
}

/** A list of at most `max` links. */
export function links(max: number): Check<readonly CID[]> {
  const holds = (value: Value): value is readonly CID[] =>
    Array.isArray(value) && value.length <= max && value.every(element => element instanceof CID)
  return check(`a list of at most ${max} links`, holds)
}

export const did = check('a DID', (value): value is Did => isDid(value))
export const didOrNull = check('a DID or null', (value): value is Did | null => value === null || isDid(value))
export const list = check('a list', (value): value is readonly Value[] => Array.isArray(value))
export const command = check('a command such as /wasm/run', isCommand)
export const bytes = check('bytes', (value): value is Uint8Array => value instanceof Uint8Array)
export const map = check('a map', (value): value is ValueMap => isMap(value))
export const link = check('a link', (value): value is CID => value instanceof CID)
export const text = check('text', (value): value is string => typeof value === 'string')
export const integer = check('an integer', (value): value is UnixSeconds => Number.isSafeInteger(value))
export const natural = check(
  'a natural number',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
)
export const integerOrNull = check(
  'an integer or null',
  (value): value is UnixSeconds | null => value === null || Number.isSafeInteger(value),
)

/** The payload, typed, when every field fits `shape` and there is no other field. */
export function readClaims<S extends Shape>(
  payload: ValueMap,
  shape: S,
  where: string,
): Result<Claims<S>, InvalidClaim> {
  let known = 0
  for (const field in shape) {
    const check = shape[field]
    const value = payload[field]
    if (!check || (value === undefined && check.mayBeAbsent)) continue
    if (value === undefined) return error(invalidClaim(field, `${where} lacks the field "${field}"`))
    if (!check.holds(value))
      return error(invalidClaim(field, `${where}: the field "${field}" is not ${check.expected}`))
    known += 1
  }
  const fields = Object.keys(payload)
  if (fields.length === known) return ok(payload as Claims<S>)
  const unknown = fields.find(field => !Object.hasOwn(shape, field))?.slice(0, 80) ?? ''
  return error(invalidClaim(unknown, `${where} has an unknown field ${JSON.stringify(unknown)}`))
}

/** The failure of one field. */
export function invalidClaim(field: string, message: string): InvalidClaim {
  return { name: 'InvalidClaim', message, field }
}
