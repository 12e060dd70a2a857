import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidOf, codec, decode, encode, Float, nameOf, type ByteRanges, type Value } from '../index.ts'

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], byte => Number.parseInt(byte, 16))
const cid = cidOf(codec.raw, new TextEncoder().encode('hello world'))

const value = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
    fc.integer().map(whole => new Float(whole)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(number => !Number.isInteger(number)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.constant(cid),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value

test('what is encoded decodes to the same value, and encodes to the same bytes again', () => {
  fc.assert(
    fc.property(value, original => {
      const bytes = encode(original)
      const decoded = decode(bytes)
      if ('error' in decoded) throw new Error(decoded.error.message)
      expect(decoded.ok).toEqual(original)
      expect(encode(decoded.ok)).toEqual(bytes)
    }),
  )
})

test('any bytes either are refused or are the canonical encoding of what they decode to', () => {
  const mutated = fc.tuple(value, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([original, at, flip]) => {
    const bytes = encode(original)
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mutated), bytes => {
      const decoded = decode(bytes)
      if ('ok' in decoded) expect(encode(decoded.ok)).toEqual(Uint8Array.from(bytes))
      else expect(decoded.error.offset).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['an integer in two bytes that fits in one', '1817', 'shortest', 0],
  ['a half float', 'f93c00', 'float under 64 bits', 0],
  ['NaN', 'fb7ff8000000000000', 'NaN', 0],
  ['an infinity', 'fb7ff0000000000000', 'infinity', 0],
  ['undefined', 'f7', 'simple value', 0],
  ['an indefinite list', '9fff', 'indefinite', 0],
  ['keys out of order', 'a2616201616101', 'unsorted', 4],
  ['a key twice', 'a2616101616102', 'repeated', 4],
  ['a longer key before a shorter', 'a262616101616201', 'unsorted', 5],
  ['a key that is a number', 'a10101', 'not text', 1],
  ['invalid UTF-8', '61ff', 'UTF-8', 1],
  ['another tag than 42', 'c100', 'tag', 0],
  ['a link without its zero byte', 'd82a4101', 'zero byte', 0],
  ['a link that is no CID', 'd82a420001', 'not a CID', 0],
  ['a link whose CID has a second encoding', `d82a58250000551220${'00'.repeat(32)}`, 'not a CID', 0],
  ['bytes after the value', '0000', 'more bytes', 1],
  ['a list that claims more than there is', '9b7fffffffffffffff', 'cut off', 9],
  ['nothing', '', 'cut off', 0],
])('refuses %s, and says where', (_what, bytes, problem, offset) => {
  const decoded = decode(hex(bytes))
  expect(decoded).toMatchObject({ error: { name: 'MalformedCbor', offset } })
  expect('error' in decoded && decoded.error.message).toContain(problem)
})

test('what is hostile is refused, or read, and never hangs', () => {
  const size = 512 * 1024
  const head = (major: number, length: number) =>
    Uint8Array.of((major << 5) | 26, ...new Uint8Array(Uint32Array.of(length).buffer).reverse())
  const filled = (start: Uint8Array, byte: number) => {
    const bytes = new Uint8Array(size).fill(byte)
    bytes.set(start)
    return bytes
  }
  const entries = Array.from({ length: 16_384 }, (_, i) => [0x62, i >> 7, i & 127, 0])
  const keys = Uint8Array.from([...head(5, entries.length), ...entries.flat()])
  const bombs = [
    filled(head(4, size - 5), 0x80),
    filled(head(4, size - 5), 0xa0),
    filled(head(4, size - 5), 0x9a),
    filled(Uint8Array.of(0x81), 0x81),
    filled(head(2, 0xffffffff), 0),
    filled(head(3, size - 5), 0xff),
    filled(head(3, size - 5), 0x61),
    keys,
  ]
  // Nothing to compare: quadratic work on one of these would take minutes, and the test's own limit ends it.
  for (const bomb of bombs) {
    const ranges: ByteRanges = new WeakMap()
    expect(Object.keys(decode(bomb, ranges))).toHaveLength(1)
  }
})

test('nesting to the limit is read, beyond it is refused', () => {
  const nested = (depth: number) => Uint8Array.of(...new Array<number>(depth).fill(0x81), 0)
  expect(decode(nested(128))).toHaveProperty('ok')
  expect(decode(nested(129))).toHaveProperty('error')
  expect(decode(nested(100_000))).toHaveProperty('error')
})

test('a whole float stays a float, with its sign', () => {
  expect(decode(hex('fb3ff0000000000000'))).toEqual({ ok: new Float(1) })
  expect(encode(new Float(-0))).toEqual(hex('fb8000000000000000'))
  expect(encode(1)).toEqual(hex('01'))
})

test('a key named __proto__ is a key like any other', () => {
  const bytes = encode(Object.fromEntries([['__proto__', { polluted: true }]]))
  const decoded = decode(bytes)
  expect('ok' in decoded && Object.keys(decoded.ok as object)).toEqual(['__proto__'])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('the byte range of every list and map is the original bytes', () => {
  const inner = { a: [1, 2.5] }
  const bytes = encode({ x: inner, yy: 'after' })
  const ranges: ByteRanges = new WeakMap()
  const decoded = decode(bytes, ranges)
  if ('error' in decoded || typeof decoded.ok !== 'object') throw new Error('it decodes')
  const map = decoded.ok as { x: object }
  const [start, end] = ranges.get(map.x) ?? [0, 0]
  expect(bytes.subarray(start, end)).toEqual(encode(inner))
})

test('a name is the CID that every other implementation computes', () => {
  expect(nameOf({ hello: 'world' }).toString()).toBe('bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae')
})

test('what has no DAG-CBOR form is thrown at who made it', () => {
  const missing: Record<string, Value | undefined> = { a: undefined }
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 2n ** 64n, missing as Value, '\ud800', { '\udfff': 1 }]) {
    expect(() => encode(value)).toThrow(TypeError)
  }
})
