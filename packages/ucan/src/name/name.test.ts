import { cidOf, codec, nameOf, type ValueMap } from '@ipvm/ipld'
import { alice, aliceP256, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { invoke, noNonce } from '../index.ts'
import { assertName, isLicence, isName, laterName, nameCommand, readName, saysTheSame } from './name.ts'

const mod = cidOf(codec.raw, Uint8Array.of(0, 0x61, 0x73, 0x6d))
const fields = { name: 'blur-image', mod, seq: 3, wit: 'world root {\n}\n', licence: 'Apache-2.0' }

/** Alice's record with something else in it, signed all the same. */
async function signed(args: ValueMap, more: ValueMap = {}) {
  const asserted = { sub: alice.did, cmd: nameCommand, args, nonce: noNonce, exp: null, ...more }
  return readName((await invoke(asserted, alice)).envelope.bytes)
}

test('a name record reads back, signed by whose name it is', async () => {
  const record = await assertName({ ...fields, source: nameOf('source') }, alice)
  expect(await readName(record.bytes)).toEqual({ ok: record })
  expect(record.iss).toBe(alice.did)
})

test('the same fields of the same key are the same record, byte for byte', async () => {
  const { cid, bytes } = await assertName(fields, alice)
  expect((await assertName(fields, alice)).cid.toString()).toBe(cid.toString())
  expect(cid.toString()).toMatchInlineSnapshot(`"bafyreiepmlg3htnfhwd4kyw4guaibyja2aslc4temgfzgoyz4n3fx74biu"`)
  expect(Buffer.from(bytes).toString('hex')).toMatchInlineSnapshot(
    `"825840f542afea06bd6f3d8b4b0592765904987856ef3fd765dfbceaaa729d6693d105ade9b144de8a63cb17780679d7024a30e2fa912c7a58ecf87582667e357ad000a26168483401ed01ed0113716e7563616e2f696e7640312e302e30a763636d646c2f6e616d652f61737365727463657870f66369737378386469643a6b65793a7a364d6b6f6e334e656364364e6b6b79666f476f48786964327a6e476335394c55334b376d756261526346624c664c5863707266806373756278386469643a6b65793a7a364d6b6f6e334e656364364e6b6b79666f476f48786964327a6e476335394c55334b376d756261526346624c664c586461726773a5636d6f64d82a58250001551220cd5d4935a48c0672cb06407bb443bc0087aff947c6b864bac886982c73b3027f6373657103637769746f776f726c6420726f6f74207b0a7d0a646e616d656a626c75722d696d616765676c6963656e63656a4170616368652d322e30656e6f6e636540"`,
  )
})

test('no bit of it can be changed', async () => {
  const { bytes } = await assertName(fields, alice)
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.with(i, (bytes[i] ?? 0) ^ 1)
    expect(await readName(changed), `byte ${i}`).toHaveProperty('error')
  }
})

test('nobody can give a name for another, and nobody can hand the right to do so on', async () => {
  const args = { name: 'a', mod, seq: 1, wit: '' }
  expect(await signed(args)).toHaveProperty('ok')
  expect(await signed(args, { sub: bob.did })).toMatchObject({ error: { name: 'InvalidClaim', field: 'sub' } })
  expect(await signed(args, { aud: bob.did })).toMatchObject({ error: { field: 'aud' } })
  expect(await signed(args, { prf: [mod] })).toMatchObject({ error: { field: 'prf' } })
  expect(await signed(args, { exp: 5 })).toMatchObject({ error: { field: 'exp' } })
  expect(await signed(args, { cmd: '/name/assert/x' })).toMatchObject({ error: { field: 'cmd' } })
})

test.each<[string, ValueMap]>([
  ['name', { name: 'Blur' }],
  ['name', { name: 'blur--image' }],
  ['name', { name: 'häuser' }],
  ['name', { name: '../up' }],
  ['name', { name: 'a'.repeat(65) }],
  ['mod', { mod: 'bafy' }],
  ['seq', { seq: 0 }],
  ['seq', { seq: -1 }],
  ['seq', { seq: '1' }],
  ['wit', { wit: 5 }],
  ['wit', { wit: 'ü'.repeat(8193) }],
  ['source', { source: 'here' }],
  ['licence', { licence: 'mine\nand yours' }],
  ['licence', { licence: '' }],
  ['more', { more: 1 }],
])('a record whose %s is none is refused: %o', async (field, wrong) => {
  expect(await signed({ name: 'a', mod, seq: 1, wit: '', ...wrong })).toMatchObject({
    error: { name: 'InvalidClaim', field },
  })
  await expect(assertName({ ...fields, seq: 0 }, alice)).rejects.toThrow(/seq/)
})

test('of two records the one with the higher number counts, and one number is given once', async () => {
  const [third, fourth] = [await assertName(fields, alice), await assertName({ ...fields, seq: 4 }, alice)]
  expect(laterName(third, fourth)).toEqual({ ok: fourth })
  expect(laterName(fourth, third)).toEqual({ ok: fourth })
  const other = await assertName({ ...fields, mod: cidOf(codec.raw, Uint8Array.of(1)) }, alice)
  expect(laterName(third, other)).toMatchObject({
    error: { name: 'NameEquivocation', records: [third.cid, other.cid] },
  })
  const relicensed = await assertName({ ...fields, licence: 'MIT' }, alice)
  expect(laterName(third, relicensed)).toHaveProperty('error')
})

test('a key whose signatures differ each time gives one record, not two', async () => {
  const [one, two] = [await assertName(fields, aliceP256), await assertName(fields, aliceP256)]
  expect(saysTheSame(one, two)).toBe(true)
  expect(laterName(one, two)).toEqual({ ok: one })
  expect(saysTheSame(one, { ...two, seq: 4 })).toBe(false)
})

test('names and licences are what they look like', () => {
  for (const name of ['a', 'a1', 'blur-image-2']) expect(isName(name)).toBe(true)
  for (const name of ['', '1a', 'a-', '-a', 'a_b', 'a b', 'a.b', 5]) expect(isName(name)).toBe(false)
  for (const licence of ['MIT', 'Apache-2.0 OR MIT', '(GPL-2.0-only WITH Classpath-exception-2.0)']) {
    expect(isLicence(licence)).toBe(true)
  }
  for (const licence of ['', ' MIT', 'MIT;', 'see \u001b[31m', 'x'.repeat(129), 1])
    expect(isLicence(licence)).toBe(false)
})
