import type { CID } from 'multiformats/cid'

/**
 * A value of the IPLD data model. Integers outside ±(2^53−1) are `bigint`; a `number` with a fraction is a float;
 * a whole float is a {@link Float}, so that `1.0` stays a float through decode and encode (ADR 1).
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | CID | Float | readonly Value[] | ValueMap

/** An IPLD map: string keys, in any order in memory, sorted when written. */
export interface ValueMap {
  readonly [key: string]: Value
}

/** A float that JavaScript's `number` would confuse with an integer: `new Float(1)` is written as `1.0`. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  toString(): string {
    if (Object.is(this.value, -0)) return '-0.0'
    const text = String(this.value)
    // From 1e21 on JavaScript writes an exponent, which says float by itself.
    return text.includes('e') ? text : `${text}.0`
  }
}

/** A float as a {@link Value}: a plain `number` where it has a fraction, a {@link Float} where it is whole. */
export function floatValue(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value
}

/** An integer as a {@link Value}: a `number` where that is exact, a `bigint` elsewhere. */
export function integerValue(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

/** Whether a value is an IPLD map (not a list, bytes, a link or a float). */
export function isMap(value: unknown): value is ValueMap {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Sets a key that came from outside: `__proto__` becomes an ordinary key instead of changing the map's prototype. */
export function setKey<T>(map: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}
