import { encode, Float, type Value } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeInvocation, invoke, limits, openEnvelope, seal, taskName, verifyEnvelope } from '../index.ts'

const now = 1_767_225_600
const fields = {
  sub: alice.did,
  aud: bob.did,
  cmd: '/wasm/run',
  args: { scale: new Float(2), list: [1, 2] },
  nonce: Uint8Array.of(1, 2, 3),
  exp: now + 60,
} as const

test('an invocation reads back from its bytes, its whole floats still floats', async () => {
  const invocation = await invoke(fields, alice)
  const read = decodeInvocation(invocation.envelope.bytes)
  expect(read).toMatchObject({ ok: { iss: alice.did, cmd: '/wasm/run', args: { scale: new Float(2) } } })
  expect('ok' in read && read.ok.task.toString()).toBe(taskName(fields).toString())
})

test('its bytes are these, for good', async () => {
  const { envelope } = await invoke(fields, alice)
  expect(envelope.cid.toString()).toMatchInlineSnapshot(`"bafyreiahp6br3mgebxouw54jjinlujzi7avj3mhh4jdods24sdlwlf6fue"`)
  expect(Buffer.from(envelope.signed.subarray(0, 40)).toString('hex')).toMatchInlineSnapshot(
    `"a26168483401ed01ed0113716e7563616e2f696e7640312e302e30a86361756478386469643a6b65"`,
  )
})

test("the task's name depends on subject, command, arguments and nonce, and on nothing else", async () => {
  const name = async (changed: object) => (await invoke({ ...fields, ...changed }, alice)).task.toString()
  const same = await name({})
  expect(await name({ exp: null })).toBe(same)
  expect(await name({ meta: { note: 'hurry' } })).toBe(same)
  expect(await name({ args: { scale: 2, list: [1, 2] } })).not.toBe(same)
  expect(await name({ nonce: new Uint8Array(0) })).not.toBe(same)
  expect(await name({ sub: bob.did })).not.toBe(same)
})

test('any flipped bit is refused, by its form or by its signature', async () => {
  const { envelope } = await invoke(fields, alice)
  await fc.assert(
    fc.asyncProperty(fc.nat(envelope.bytes.length * 8 - 1), async bit => {
      const bytes = envelope.bytes.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const opened = openEnvelope(bytes)
      expect('error' in opened || 'error' in (await verifyEnvelope(opened.ok))).toBe(true)
    }),
  )
})

test.each<[string, Record<string, Value>, string]>([
  ['an unknown field', { extra: 1 }, 'extra'],
  ['a time that is text', { exp: 'tomorrow' }, 'exp'],
  ['a time with a fraction', { exp: 1.5 }, 'exp'],
  ['an upper-case command', { cmd: '/Wasm/run' }, 'cmd'],
  ['a command with an empty segment', { cmd: '/wasm//run' }, 'cmd'],
  ['a command that ends in a slash', { cmd: '/wasm/' }, 'cmd'],
  ['a subject that is no DID', { sub: 'alice' }, 'sub'],
  ['arguments that are a list', { args: [] }, 'args'],
])('refuses %s, and names the field', async (_what, changed, field) => {
  const payload = { ...fields, iss: alice.did, prf: [], ...changed }
  const { bytes } = await seal('inv', payload, alice)
  expect(decodeInvocation(bytes)).toMatchObject({ error: { name: 'InvalidClaim', field } })
})

test('refuses what is no envelope, an unknown token type, a third element, and a megabyte too many', async () => {
  const { signature, header } = (await invoke(fields, alice)).envelope
  const refused = (value: Value) => openEnvelope(encode(value))
  expect(refused([signature, { h: header, 'ucan/inv@9.0.0': {} }])).toMatchObject({
    error: { field: 'ucan/inv@9.0.0' },
  })
  expect(refused([signature, { h: header, 'ucan/inv@1.0.0': {} }, 1])).toHaveProperty('error')
  expect(refused([signature, { h: header, 'ucan/inv@1.0.0': {}, x: 1 }])).toHaveProperty('error')
  expect(refused({ signature })).toHaveProperty('error')
  expect(openEnvelope(new Uint8Array(limits.envelopeBytesMax + 1))).toMatchObject({ error: { field: 'envelope' } })
})
