import type { Value } from '@ipvm/ipld'
import { describe, expect, it } from 'vitest'
import { call, failureOf, programOf } from '../guests.test-fixture.ts'

const liar = programOf('hostile')

function trapOf(fun: string, value: Value): string {
  const outcome = call(liar, fun, [value])
  expect(outcome).toMatchObject({ error: { name: 'Trap' }, permanent: true })
  return failureOf(outcome)
}

describe('what a hostile guest hands back is its own trap, never an exception of ours', () => {
  it.each([
    ['bytes', 65_533, 'the function returned the pointer 65533, which is not a multiple of 4'],
    ['bytes', 65_536, 'the function returned 8 bytes at 65536, which is outside its memory'],
    ['bytes', 4_294_967_292, 'the function returned 8 bytes at 4294967292, which is outside its memory'],
    ['bytes', 16, 'the function returned a list of 4 bytes at 65534, which is outside its memory'],
    ['bytes', 24, 'the function returned a list of 4294967295 bytes, where at most 268435455 may be'],
    ['words', 32, 'the function returned a list of the pointer 1, which is not a multiple of 4'],
    ['text', 40, 'the function returned a string that is not UTF-8'],
    ['case', 48, 'the function returned case 7 of a result of 2 cases'],
    ['lists', 64, 'the function handed over more than 268435455 bytes'],
    ['scalar', 0xd800, 'the function returned the char 55296, which is not a Unicode scalar value'],
    ['scalar', 0x11_0000, 'the function returned the char 1114112, which is not a Unicode scalar value'],
    ['pick', 2, 'the function returned case 2 of an enum of 2 cases'],
    ['after', 1, 'the guest gave up (unreachable)'],
    ['far', new Uint8Array(9), 'cabi_realloc returned 9 bytes at 65535, which is outside its memory'],
    ['odd', [1, 2], 'cabi_realloc returned the pointer 1, which is not a multiple of 2'],
    ['trapping', new Uint8Array(1), 'the guest gave up (unreachable)'],
    ['divide', 0, 'integer divide by zero'],
    ['reach', 65_533, 'an access out of the bounds of its memory or table'],
    ['indirect', 0, 'an indirect call of no function or of another type'],
    ['indirect', 9, 'an access out of the bounds of its memory or table'],
    ['truncate', 9, 'a number that its integer type cannot hold'],
  ] satisfies [string, Value, string][])('%s %s', (fun, value, reason) => {
    expect(trapOf(fun, value)).toBe(`Trap: the function trapped: ${reason}`)
  })

  it('bits above the width of a type are ignored, as the canonical ABI says', () => {
    expect(call(liar, 'wide-bool', [256])).toEqual({ ok: true })
    expect(call(liar, 'wide-byte', [0x1_80])).toEqual({ ok: -128 })
  })
})
