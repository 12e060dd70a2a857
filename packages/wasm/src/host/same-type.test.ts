import type { FunctionType, WitType } from '@ipvm/wit'
import { describe, expect, it } from 'vitest'
import { isSameFunction } from './same-type.ts'
import {
  borrow,
  enumOf,
  flagsOf,
  func,
  list,
  option,
  own,
  record,
  result,
  string,
  tuple,
  u32,
  u64,
  u8,
  variant,
} from './type.ts'

const stream = 'wasi:io/streams#input-stream'
const base = func({ a: u64, b: list(string) }, result(u32))
const of = (type: WitType): FunctionType => func({ a: type })

describe('a guest and the host mean the same function', () => {
  it.each([
    ['when only names of parameters are others', func({ c: u64, d: list(string) }, result(u32)), base],
    ['when versions of resources are', of(own('wasi:io/streams@0.2.9#input-stream')), of(own(stream))],
    ['when all parts are the same', of(record({ x: option(u8) })), of(record({ x: option(u8) }))],
  ])('%s', (_, guest, host) => {
    expect(isSameFunction(guest, host)).toBe(true)
  })
})

describe('a guest and the host do not mean the same function', () => {
  it.each([
    ['with more parameters', func({ a: u64, b: list(string), c: u8 }, result(u32)), base],
    ['with fewer', func({ a: u64 }, result(u32)), base],
    ['without its result', func({ a: u64, b: list(string) }), base],
    ['with another result', func({ a: u64, b: list(string) }, result(undefined, u32)), base],
    ['with other numbers', of(u32), of(u64)],
    ['with other elements', of(list(u8)), of(list(string))],
    ['with a list for an option', of(list(u8)), of(option(u8))],
    ['with fields of other names', of(record({ x: u8 })), of(record({ y: u8 }))],
    ['with a name that reads as two fields', of(record({ 'x: u8, y': u8 })), of(record({ x: u8, y: u8 }))],
    ['with cases in another order', of(variant({ a: u8, b: undefined })), of(variant({ b: undefined, a: u8 }))],
    ['with names in another order', of(enumOf('a b')), of(enumOf('b a'))],
    ['with more names', of(flagsOf('a b c')), of(flagsOf('a b'))],
    ['with an enum for flags', of(enumOf('a b')), of(flagsOf('a b'))],
    ['with a shorter tuple', of(tuple(u8)), of(tuple(u8, u8))],
    ['with a lent handle for one of its own', of(borrow(stream)), of(own(stream))],
    ['with a handle of something else', of(own('wasi:io/streams@0.2.0#output-stream')), of(own(stream))],
    ['with a resource of another interface', of(own('a:b/streams@0.2.0#input-stream')), of(own(stream))],
  ])('%s', (_, guest, host) => {
    expect(isSameFunction(guest, host)).toBe(false)
  })
})
