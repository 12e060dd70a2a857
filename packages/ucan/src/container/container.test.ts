import { gzipSync } from 'node:zlib'
import { encode, type Value } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  containerFormats,
  delegate,
  invoke,
  limits,
  proofsOf,
  readContainer,
  validate,
  writeContainer,
} from '../index.ts'

const tokens = [Uint8Array.of(2, 2), Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1)]
const sorted = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(2, 2)]

test.each(containerFormats)('a container in the format %s reads back sorted, each token once', async format => {
  expect(await readContainer(await writeContainer(tokens, format))).toEqual({ ok: { format, tokens: sorted } })
  expect(await readContainer(await writeContainer([], format))).toEqual({ ok: { format, tokens: [] } })
})

test('the bytes are these, for good', async () => {
  const text = async (format: 'raw' | 'base64' | 'base64url') =>
    Buffer.from(await writeContainer([Uint8Array.of(0xfb, 0xff)], format)).toString('latin1')
  expect(Buffer.from(await text('raw'), 'latin1').toString('hex')).toBe('40a16663746e2d76318142fbff')
  expect(await text('base64')).toBe('BoWZjdG4tdjGBQvv/')
  expect(await text('base64url')).toBe('CoWZjdG4tdjGBQvv_')
})

test('tokens are read in the order they came in', async () => {
  const unsorted = Buffer.concat([Buffer.from('@'), encode({ 'ctn-v1': tokens })])
  expect(await readContainer(unsorted)).toMatchObject({ ok: { tokens } })
})

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array(0)],
  ['an unknown header', Buffer.from('D')],
  ['no payload', Buffer.from('@')],
  ['base64 without padding', Buffer.from('BoWZjdG4tdjGBQQE')],
  ['base64url with padding', Buffer.from('CoWZjdG4tdjGBQQE=')],
  ['base64 with bits to spare', Buffer.from('BoWZjdG4tdjGBQQF=')],
  ['a line break in base64', Buffer.from('BoWZjdG4t\ndjGBQQE=')],
  ['gzip that is none', Buffer.from('Mabc')],
  ['gzip that is cut off', Buffer.concat([Buffer.from('M'), gzipSync(encode({ 'ctn-v1': [] })).subarray(0, 20)])],
  ['another key', raw({ 'ctn-v2': [] })],
  ['a key too many', raw({ 'ctn-v1': [], x: 1 })],
  ['no list', raw({ 'ctn-v1': {} })],
  ['a token that is text', raw({ 'ctn-v1': ['x'] })],
  ['a token too many', raw({ 'ctn-v1': new Array<Value>(limits.containerTokensMax + 1).fill(Uint8Array.of(1)) })],
  ['a gzip bomb', Buffer.concat([Buffer.from('M'), gzipSync(new Uint8Array(256 * 1024 * 1024))])],
  ['too many bytes', new Uint8Array(limits.containerBytesMax + 2).fill(0x40)],
])('%s is refused', async (_what, bytes) => {
  const before = process.memoryUsage().arrayBuffers
  expect(await readContainer(bytes)).toMatchObject({ error: { name: 'MalformedContainer' } })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
})

test('no bytes make it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...'@BCMOP'), fc.uint8Array(), async (header, bytes) => {
      await readContainer(Buffer.concat([Buffer.from(header), bytes]))
    }),
  )
})

test('the order of the proofs in a container does not matter', async () => {
  const nonce = new Uint8Array(12)
  const root = await delegate({ aud: bob.did, sub: alice.did, cmd: '/', nonce, exp: null }, alice)
  const noise = await delegate({ aud: bob.did, sub: alice.did, cmd: '/x', nonce, exp: null }, alice)
  const prf = [root.envelope.cid]
  const invocation = await invoke({ sub: alice.did, cmd: '/x', args: {}, prf, nonce, exp: null }, bob)
  const all = [root, noise, invocation].map(({ envelope }) => envelope.bytes)
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 3 }), async shuffled => {
      const read = await readContainer(Buffer.concat([Buffer.from('@'), encode({ 'ctn-v1': shuffled })]))
      if ('error' in read) throw new Error(read.error.message)
      const context = { now: 0, executor: alice.did, resolveProof: proofsOf(read.ok.tokens) }
      expect(await validate(invocation, context)).toHaveProperty('ok')
    }),
  )
})

function raw(value: Value): Uint8Array {
  return Buffer.concat([Buffer.from('@'), encode(value)])
}
