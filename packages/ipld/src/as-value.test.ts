import { expect, test } from 'vitest'
import { asValue, Float, nameOf } from './index.ts'

test('what is a value all the way down is given back', () => {
  const value = {
    a: [1, 2n ** 64n - 1n, -(2n ** 64n), new Float(1), 'é', null, true],
    b: nameOf(1),
    c: Uint8Array.of(1),
  }
  expect(asValue(value)).toEqual({ ok: value })
})

const cyclic: unknown[] = []
cyclic.push([cyclic])

test.each<[string, unknown, string, RegExp]>([
  [
    'a promise that was not awaited',
    { args: { mod: Promise.resolve(1) } },
    '.args.mod',
    /args\.mod is a Promise; await it/,
  ],
  ['undefined', { a: [undefined] }, '.a[0]', /undefined/],
  ['NaN', { a: Number.NaN }, '.a', /NaN/],
  ['a date', { a: new Date(0) }, '.a', /a Date/],
  ['a function', () => 1, '', /a function/],
  ['a lone surrogate', 'a\ud800', '', /Unicode/],
  ['a key that is a lone surrogate', { '\ud800': 1 }, '', /Unicode/],
  ['too large an integer', 2n ** 64n, '', /64 bits/],
])('%s is refused, with its path', (_what, candidate, path, message) => {
  expect(asValue(candidate)).toMatchObject({
    error: { name: 'NotAValue', path, message: expect.stringMatching(message) },
  })
})

test('what holds itself is refused', () => {
  expect(asValue(cyclic)).toMatchObject({ error: { message: expect.stringContaining('too deep') } })
})
