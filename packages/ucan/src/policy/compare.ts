import { CID, Float, isMap, type Value } from '@ipvm/ipld'
import type { Budget } from './budget.ts'

/** A number as JavaScript compares it, exactly: integers of any size, floats. */
export type Numeric = number | bigint

/** The number in a value, whole floats unwrapped; undefined where it is none. */
export function numericOf(value: Value): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return value instanceof Float ? value.value : undefined
}

/** Deep equality of the IPLD data model, where `1` equals `1.0` (UCAN Delegation § Equality). */
export function isEqual(a: Value, b: Value, budget: Budget): boolean {
  if (!budget.spend()) return false
  const number = numericOf(a)
  // biome-ignore lint/suspicious/noDoubleEquals: an integer over 2^53 is a bigint, and 2n**60n == 2**60
  if (number !== undefined) return number == (numericOf(b) ?? Number.NaN)
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return isSameScalar(a, b, budget)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && isSameBytes(a, b, budget)
  if (a instanceof CID) return b instanceof CID && a.equals(b)
  if (isList(a)) return isList(b) && a.length === b.length && a.every((v, i) => isEqual(v, b[i] ?? null, budget))
  if (!isMap(a) || !isMap(b)) return false
  const keys = Object.keys(a)
  if (!budget.spend(keys.length) || keys.length !== Object.keys(b).length) return false
  return keys.every(key => Object.hasOwn(b, key) && isEqual(a[key] ?? null, b[key] ?? null, budget))
}

/** Whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function isSameScalar(a: Value, b: Value, budget: Budget): boolean {
  if (typeof a === 'string' && !budget.spend(a.length >> 6)) return false
  return a === b
}

function isSameBytes(a: Uint8Array, b: Uint8Array, budget: Budget): boolean {
  return a.length === b.length && budget.spend(a.length >> 4) && a.every((byte, i) => byte === b[i])
}
