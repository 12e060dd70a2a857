import { encode, isMap, rawBlock, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import type { Outcome } from '@ipvm/ucan'

/**
 * The functions of the simulated guests, by which a checker computes again what a task has to come to. Each is a function
 * of its arguments and of nothing else.
 */

/** The module that they are in, as far as a task's name says. */
export const moduleOfFunctions: CID = rawBlock(new TextEncoder().encode('functions of a simulation')).cid

/** The profile that their results belong to. */
export const functionsProfile = 'simulated/1'

/** The largest number that a function gives, and one. */
export const numbersEnd = 100

/** What a call of a function comes to: `{mod, fun, params}`, as `/wasm/run` takes them. */
export function evaluate({ fun, params }: ValueMap): Outcome {
  const number = fingerprint([fun ?? null, params ?? null]) % numbersEnd
  switch (fun) {
    case 'mix':
    case 'grow':
    case 'sprout':
      return { ok: number }
    case 'pair':
      return { ok: { n: number, of: params ?? null } }
    case 'risky':
      return number < numbersEnd / 3 ? trap(number) : { ok: number }
    case 'trap':
      return trap(number)
    default:
      return typeof fun === 'string' && fun.startsWith('rescue') ? rescue(fun, params ?? null, number) : trap(number)
  }
}

/** 32 bits of a value. */
export function fingerprint(value: Value): number {
  let hash = 0x811c9dc5
  for (const byte of encode(value)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** A handler of failures: `rescue` gives a value, `rescue:spare` names a task in its place or fails with a message. */
function rescue(fun: string, params: Value, number: number): Outcome {
  const [first] = Array.isArray(params) ? params : []
  const failed = isMap(first) && typeof first.label === 'string' ? first.label : ''
  const [, spare] = fun.split(':')
  if (spare === undefined || number % 3 === 0) return { ok: { ok: number } }
  if (number % 3 === 1 && spare !== failed) return { ok: { rewire: spare } }
  return { ok: { msg: `${failed} is past help` } }
}

function trap(number: number): Outcome {
  return { error: { name: 'Trap', message: `the guest trapped at ${number}` } }
}
