import { encode, type Value } from '@ipvm/ipld'
import { alice, bob as bobKey } from '@ipvm/testing'
import { delegate } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { bobsNode, empty } from '../outside.test-fixture.ts'

const secrets = new Map<string, Value>([
  ['vault', new Uint8Array(32).fill(9)],
  ['word', 'hunter2'],
])
const own = {
  keys: { signer: async (name: string) => (name === 'releases' ? { ok: alice } : empty.keys.signer()) },
  secrets: {
    get: async (name: string) => {
      const value = secrets.get(name)
      return value === undefined ? empty.secrets.get() : { ok: value }
    },
  },
}
const { task } = bobsNode(
  {
    '/crypto/sign': { keys: ['releases', 'gone'] },
    '/crypto/encrypt': { keys: ['vault', 'word'] },
    '/crypto/decrypt': { keys: ['vault'] },
    '/secret/get': { names: ['word'] },
  },
  { own },
)

test('what a named key signs is theirs, and nothing else is', async () => {
  const signed = (await task('/crypto/sign', { key: 'releases', data: 'version 1.2.3' })).out
  if (!signed || !('ok' in signed)) throw new Error('it is signed')
  const said = signed.ok as { readonly [key: string]: Value }
  expect(said.did).toBe(alice.did)
  expect((await task('/crypto/verify', { ...said, data: 'version 1.2.3' })).out).toEqual({ ok: true })
  expect((await task('/crypto/verify', { ...said, data: 'version 1.2.4' })).out).toEqual({ ok: false })
  expect((await task('/crypto/verify', { ...said, did: bobKey.did, data: 'version 1.2.3' })).out).toEqual({ ok: false })
  const malformed = await task('/crypto/verify', { ...said, did: 'did:key:z', data: '' })
  expect(malformed.out).toMatchObject({ error: { name: 'MalformedDid' } })
})

test('a key gives no authority away, and none is used that its owner has not named', async () => {
  const { envelope } = await delegate(
    { aud: bobKey.did, sub: alice.did, cmd: '/', pol: [], exp: null, nonce: new Uint8Array(12) },
    alice,
  )
  for (const data of [envelope.signed, encode({ h: new Uint8Array(1) })]) {
    const { out } = await task('/crypto/sign', { key: 'releases', data })
    expect(out).toMatchObject({ error: { name: 'ReservedData' } })
  }
  const { out } = await task('/crypto/sign', { key: 'node', data: 'x' })
  expect(out).toMatchObject({ error: { name: 'NotAllowed', message: expect.stringContaining('ipvm effects allow') } })
  expect((await task('/crypto/sign', { key: 'gone', data: 'x' })).out).toMatchObject({ error: { name: 'Nothing' } })
  expect((await task('/crypto/sign', { key: '../node', data: 'x' })).refused?.name).toBe('MalformedArguments')
})

test('what is encrypted is decrypted with the same key, about the same thing, and never the same twice', async () => {
  const asked = { key: 'vault', data: 'my diary', about: 'diary' }
  const [one, two] = [(await task('/crypto/encrypt', asked)).out, (await task('/crypto/encrypt', asked)).out]
  if (!one || !('ok' in one)) throw new Error('it is encrypted')
  expect(one).not.toEqual(two)
  const back = await task('/crypto/decrypt', { key: 'vault', data: one.ok, about: 'diary', as: 'text' })
  expect(back.out).toEqual({ ok: 'my diary' })
  // What comes out is a secret.
  expect(JSON.stringify(back.receipt?.out)).toContain('ipvm/sealed@1')
  const other = await task('/crypto/decrypt', { key: 'vault', data: one.ok, about: 'something else' })
  expect(other.out).toMatchObject({ error: { name: 'NotDecrypted' } })
  const short = await task('/crypto/decrypt', { key: 'vault', data: new Uint8Array(3) })
  expect(short.out).toMatchObject({ error: { name: 'NotDecrypted' } })
  expect((await task('/crypto/encrypt', { key: 'word', data: 'x' })).out).toMatchObject({ error: { name: 'NoKey' } })
})

test('a large one, which comes as a link to a file, is encrypted and decrypted', async () => {
  const data = new Uint8Array(100_000).fill(3)
  const sealed = (await task('/crypto/encrypt', { key: 'vault', data })).out
  if (!sealed || !('ok' in sealed)) throw new Error('it is encrypted')
  expect((await task('/crypto/decrypt', { key: 'vault', data: sealed.ok })).out).toEqual({ ok: data })
})

test('a secret is given where its name was allowed, and sealed in its receipt', async () => {
  const { out, receipt } = await task('/secret/get', { name: 'word', before: 'Bearer ' })
  expect(out).toEqual({ ok: 'Bearer hunter2' })
  expect(JSON.stringify(receipt?.out)).not.toContain('hunter2')
  const { out: refused } = await task('/secret/get', { name: 'vault' })
  expect(refused).toMatchObject({ error: { name: 'NotAllowed' } })
})
