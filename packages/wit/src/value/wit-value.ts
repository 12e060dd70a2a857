import type { PrimitiveName } from '../binary/component.ts'

/**
 * A WIT value in memory, meaningful with its type only. Plain data that structured clone takes to a worker:
 *
 * - `bool` is a boolean; integers up to 32 bits and floats are numbers; 64-bit integers are bigints
 * - `char` and `string` are strings
 * - a list of numbers is the typed array of its element type (`list<u8>` a `Uint8Array`), any other list an array
 * - `tuple` and `record` are arrays in the order of the type
 * - `variant`, `option` and `result` are a {@link WitCase}; `none` and `ok` are case 0
 * - `enum` is the index of the name; `flags` is an unsigned number, bit 0 for the first name
 */
export type WitValue = boolean | number | bigint | string | NumericArray | readonly WitValue[] | WitCase

/** One case of a variant, an option or a result, with its payload if the case has one. */
export interface WitCase {
  readonly case: number
  readonly value?: WitValue
}

/** Lists of numbers. */
export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array

/** The element types whose lists are typed arrays. */
export type NumericName = Exclude<PrimitiveName, 'bool' | 'char' | 'string'>

const makers: Readonly<Record<NumericName, (length: number) => NumericArray>> = {
  u8: length => new Uint8Array(length),
  s8: length => new Int8Array(length),
  u16: length => new Uint16Array(length),
  s16: length => new Int16Array(length),
  u32: length => new Uint32Array(length),
  s32: length => new Int32Array(length),
  u64: length => new BigUint64Array(length),
  s64: length => new BigInt64Array(length),
  f32: length => new Float32Array(length),
  f64: length => new Float64Array(length),
}

/** Whether a list of this element type is a typed array. */
export function isNumeric(kind: string): kind is NumericName {
  return kind in makers
}

/** A typed array of zeroes for a list of numbers. */
export function numericArray(kind: NumericName, length: number): NumericArray {
  return makers[kind](length)
}

/** Whether a value is a {@link WitCase}. */
export function isCase(value: WitValue): value is WitCase {
  return typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** Whether a value is a list that is not of numbers, a tuple or a record. */
export function isSequence(value: WitValue): value is readonly WitValue[] {
  return Array.isArray(value)
}

/** Whether a value is a list of numbers. */
export function isNumericArray(value: WitValue): value is NumericArray {
  return ArrayBuffer.isView(value)
}
