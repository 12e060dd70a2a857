import { cidOf, codec, decode, encode as encodeValue, Float as OwnFloat, parseCid } from '@ipvm/ipld'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { effects, Float, link, promise, task } from './effects.ts'
import { encode, type Value } from './encode.ts'
import { sha256 } from './sha256.ts'

test('a guest hashes as everybody does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(Buffer.from(sha256(bytes))).toEqual(createHash('sha256').update(bytes).digest())
    }),
  )
})

const { value } = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 23, 24, 255, 256, 65_536, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, 0.5),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }).map(n => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(n => !Number.isInteger(n)),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))

test('and writes what a node writes, byte for byte', () => {
  fc.assert(
    fc.property(value, written => {
      const bytes = encode(written)
      const read = decode(bytes)
      expect(read).toHaveProperty('ok')
      if ('ok' in read) expect(encodeValue(read.ok)).toEqual(bytes)
    }),
  )
  expect(encode(new Float(1))).toEqual(encodeValue(new OwnFloat(1)))
})

test('a task is what a node reads, and its promise is of its name', () => {
  const asked = task({ cmd: '/kv/put', args: { key: 'k', value: [1, 'two'] } })
  const read = decode(asked)
  expect(read).toEqual({ ok: { cmd: '/kv/put', args: { key: 'k', value: [1, 'two'] }, nonce: new Uint8Array(0) } })
  const waiting = decode(encode(promise(asked)))
  expect(waiting).toEqual({ ok: { 'await/ok': cidOf(codec.dagCbor, asked) } })
  const cid = cidOf(codec.raw, asked)
  expect(decode(encode(link(cid.toString())))).toEqual({ ok: cid })
  expect(parseCid(cid.toString())).toEqual({ ok: cid })
  expect(() => link('Qm')).toThrow('no CID')
  expect(effects({ value: 1 })).toEqual({ value: 1, fork: [] })
})
