import { Float, floatValue, integerValue, type Value } from '@ipvm/ipld'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { call, programOf } from '../guests.test-fixture.ts'

const echo = programOf('echo')
const point = { x: -3, y: 2.5, label: 'héé€😀' }

function same(fun: string, value: Value, back: Value = value): void {
  expect(call(echo, fun, [value])).toEqual({ ok: back })
}

describe('a guest that echoes every type gives back what it was given', () => {
  it.each([
    ['echo-u8', 255],
    ['echo-s8', -128],
    ['echo-u16', 65_535],
    ['echo-s16', -32_768],
    ['echo-u32', 4_294_967_295],
    ['echo-s32', -2_147_483_648],
    ['echo-u64', 18_446_744_073_709_551_615n],
    ['echo-s64', -9_223_372_036_854_775_808n],
    ['echo-bool', true],
    ['echo-char', '😀'],
    ['echo-string', ''],
    ['echo-direction', 'south-west'],
    ['echo-permissions', ['may-write', 'b8']],
    ['echo-option', null],
    ['echo-deep-option', null],
    ['echo-deep-option', { some: null }],
    ['echo-deep-option', { some: 7 }],
    ['echo-shape', { dot: point }],
    ['echo-shape', { circle: 2.5 }],
    ['echo-shape', { tag: 18_446_744_073_709_551_615n }],
    ['echo-shape', { nothing: null }],
  ] satisfies [string, Value][])('%s', same)

  it('an f32 comes back as its exact f64, and a whole float stays a float', () => {
    same('echo-f32', 0.1, Math.fround(0.1))
    same('echo-f64', 1, new Float(1))
    same('echo-f64', new Float(-0))
  })

  it('names are accepted in camelCase and snake_case, and come back in kebab-case', () => {
    same('echoDirection', 'southWest', 'south-west')
    same('echo_permissions', ['may_run', 'mayRead'], ['may-read', 'may-run'])
  })
})

const text = fc.string({ unit: 'binary', maxLength: 40 })
const u8 = fc.integer({ min: 0, max: 255 })
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map(floatValue)
const single = fc.float({ noNaN: true, noDefaultInfinity: true }).map(floatValue)
const points = fc.record(
  { x: fc.integer({ min: -32_768, max: 32_767 }), y: float, label: text },
  { noNullPrototype: true },
)
const shapes = fc.oneof(
  fc.constant({ nothing: null }),
  points.map(dot => ({ dot })),
  single.map(circle => ({ circle })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(tag => ({ tag: integerValue(tag) })),
  text.map(name => ({ name })),
)
const directions = fc.constantFrom('north', 'east', 'south-west')
const wides = fc.record(
  {
    a: u8,
    b: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(integerValue),
    c: fc.array(fc.integer({ min: 0, max: 65_535 })),
    d: fc.option(points),
    e: fc.tuple(fc.boolean(), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), single),
    f: fc.oneof(
      text.map(good => ({ ok: good })),
      directions.map(bad => ({ error: bad })),
    ),
    g: fc.subarray(['may-read', 'may-write', 'may-run', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8']),
    h: shapes,
  },
  { noNullPrototype: true },
)

describe('whatever the values are', () => {
  it.each([
    ['echo-point', points],
    ['echo-shape', shapes],
    ['echo-shapes', fc.array(shapes, { maxLength: 8 })],
    ['echo-strings', fc.array(text, { maxLength: 8 })],
    ['echo-bytes', fc.uint8Array({ maxLength: 300 })],
    ['echo-floats', fc.array(float)],
    ['echo-wide', wides],
    ['echo-wides', fc.array(wides, { maxLength: 4 })],
  ] satisfies [string, fc.Arbitrary<Value>][])('%s', (fun, values) => {
    fc.assert(
      fc.property(values, value => same(fun, value)),
      { seed: 7, numRuns: 60 },
    )
  })
})

describe('a WIT result at the top is the outcome itself', () => {
  it('its ok is the value, its error a permanent GuestError with the payload', () => {
    expect(call(echo, 'check', [{ ok: 5 }])).toEqual({ ok: 5 })
    const error = { name: 'GuestError', message: 'too bad', value: 'too bad' }
    expect(call(echo, 'check', [{ error: 'too bad' }])).toEqual({ error, permanent: true })
    expect(call(echo, 'check-nothing', [true])).toEqual({ ok: null })
    expect(call(echo, 'check-nothing', [false])).toMatchObject({ error: { value: null }, permanent: true })
  })

  it('a float without a form in DAG-CBOR is refused by name, for good', () => {
    const outcome = call(echo, 'divide', [0, 0])
    expect(outcome).toMatchObject({ error: { name: 'Unrepresentable', path: 'result' }, permanent: true })
  })
})
