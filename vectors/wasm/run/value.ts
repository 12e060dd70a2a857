import type { ValueType } from '../../../packages/wasm/src/module/core-module.ts'
import type { Value } from '../script.ts'
import type { Bits } from './adaptor.ts'

const lowHalf = (1n << 64n) - 1n

/** A script's value as what an adapted function takes. */
export function toBits(value: Value): readonly Bits[] {
  switch (value.type) {
    case 'i32':
    case 'f32':
      return [Number(BigInt.asIntN(32, BigInt(value.bits)))]
    case 'i64':
    case 'f64':
      return [BigInt(value.bits)]
    case 'v128':
      return [BigInt(value.bits) & lowHalf, BigInt(value.bits) >> 64n]
    case 'externref':
      return [hostReference(value.bits)]
    case 'ref':
      if (value.bits === 'null') return [null]
  }
  throw new TypeError(`an argument of type ${value.type}`)
}

/** A host's own object is a string here: the engine hands it through. */
const hostReference = (number: string): string => `host ${number}`

/** One result: the unsigned bits of a number, or a reference. */
export type Result = bigint | Exclude<Bits, number | bigint>

/** What an adapted function gave, one entry per result. */
export function fromBits(types: readonly ValueType[], given: readonly Bits[]): readonly Result[] {
  const rest = [...given]
  return types.map(type => {
    const first = rest.shift()
    if (type === 'i32' || type === 'f32') return BigInt.asUintN(32, toInteger(first))
    if (type === 'i64' || type === 'f64') return BigInt.asUintN(64, toInteger(first))
    if (type === 'v128') {
      return (BigInt.asUintN(64, toInteger(rest.shift())) << 64n) | BigInt.asUintN(64, toInteger(first))
    }
    return typeof first === 'number' || typeof first === 'bigint' ? String(first) : first
  })
}

function toInteger(bits: Bits): bigint {
  if (typeof bits === 'number' || typeof bits === 'bigint') return BigInt(bits)
  throw new TypeError('a reference where bits of a number should be')
}

/** Whether a result is what the script expects. `oneNan` asks for the canonical NaN of profile 1 wherever a NaN is. */
export function matches(expected: Value, found: Result): boolean {
  switch (expected.type) {
    case 'either':
      return expected.values.some(value => matches(value, found))
    case 'lanes': {
      if (typeof found !== 'bigint') return false
      const width = BigInt(128 / expected.lanes.length)
      return expected.lanes.every((lane, i) =>
        matches(lane, BigInt.asUintN(Number(width), found >> (BigInt(i) * width))),
      )
    }
    case 'f32':
    case 'f64':
      if (/^nan:/.test(expected.bits)) return typeof found === 'bigint' && isNan(expected.type, found)
      return found === BigInt(expected.bits)
    case 'i32':
    case 'i64':
    case 'v128':
      return found === BigInt(expected.bits)
    case 'funcref':
      return typeof found === 'function'
    case 'externref':
      return expected.bits === 'some' ? found !== null : found === hostReference(expected.bits)
    case 'ref':
      return expected.bits === 'null' && found === null
  }
}

/** Whatever NaN the specification allows, profile 1 has one. */
function isNan(type: Value['type'], found: bigint): boolean {
  return found === (type === 'f32' ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n)
}
