import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidOf, codec, decodeJson, encodeJson, Float } from '../index.ts'

const cid = cidOf(codec.raw, Uint8Array.of(1, 2, 3))

test('links, bytes, whole floats and large integers survive a round trip', () => {
  const value = {
    link: cid,
    bytes: Uint8Array.of(0, 255),
    one: new Float(1),
    big: 2n ** 64n - 1n,
    list: [null, true, -0.5],
  }
  for (const whole of [1e21, -1e300, 2 ** 60]) {
    expect(decodeJson(encodeJson(new Float(whole)))).toEqual({ ok: new Float(whole) })
  }
  for (const indent of [0, 2]) expect(decodeJson(encodeJson(value, indent))).toEqual({ ok: value })
  expect(encodeJson(new Float(1))).toBe('1.0')
})

test('what a person writes by hand is read as it is meant', () => {
  expect(decodeJson('{"b": 1.0, "a": {"/": {"bytes": "AP8="}}}')).toEqual({
    ok: { b: new Float(1), a: Uint8Array.of(0, 255) },
  })
  expect(decodeJson('1e2')).toEqual({ ok: new Float(100) })
})

test.each([
  ['{"a": }', 'Unexpected token'],
  ['{"x": {"/": "nonsense"}}', 'at .x'],
  ['{"/": {"bits": "AA"}}', 'must hold a CID'],
  ['123456789012345678901234567890', '64 bits'],
  ['1e999', 'out of range'],
  ['{"a": 1, "b": {"a": 2, "\\u0061": 3}}', 'twice'],
  [`{"/": "z${'1'.repeat(80_000)}"}`, 'not a CID'],
  ['{"a": "\\ud800"}', 'surrogate pair in text at .a'],
  ['{"\\udfff": 1}', 'surrogate pair'],
  [`${'['.repeat(500)}${']'.repeat(500)}`, 'deeper'],
])('refuses %s with a sentence', (text, problem) => {
  const decoded = decodeJson(text)
  expect('error' in decoded && decoded.error.message).toContain(problem)
})

test('padding without end and floats without a point take their time and their place', () => {
  const padded = decodeJson(`{"/": {"bytes": "${'='.repeat(80_000)}x"}}`)
  expect(padded).toHaveProperty('error')
  for (const large of [1e21, -1e300]) expect(decodeJson(encodeJson(new Float(large)))).toEqual({ ok: new Float(large) })
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => void decodeJson(text)))
})
