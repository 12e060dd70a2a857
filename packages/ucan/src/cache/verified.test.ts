import { alice, bob } from '@ipvm/testing'
import { parseDidKey, type DidResolver, type Signer } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import {
  delegate,
  invoke,
  noNonce,
  revoke,
  RevocationSet,
  validate,
  VerifiedTokens,
  type Delegation,
  type InvocationFields,
  type ValidationContext,
} from '../index.ts'

const now = 1_767_225_600
const nonce = new Uint8Array(12).fill(9)

function give(from: Signer, fields: Pick<Delegation, 'aud' | 'exp'>): Promise<Delegation> {
  return delegate({ sub: bob.did, cmd: '/print', nonce, ...fields }, from)
}

async function ask(by: Signer, proofs: readonly Delegation[], fields: Partial<InvocationFields> = {}) {
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const asked = { sub: bob.did, cmd: '/print', args: {}, prf, nonce, exp: null, ...fields } as const
  const invocation = await invoke(asked, by)
  const resolveProof = () => proofs[0]?.envelope.bytes
  return (context: Partial<ValidationContext>) =>
    validate(invocation, { now, executor: bob.did, resolveProof, ...context })
}

function refused(name: string, more: object = {}) {
  return { error: { name, ...more } }
}

test('a second validation of the same proofs checks one signature, and all the rest again', async () => {
  const verified = new VerifiedTokens()
  const proof = await give(bob, { aud: alice.did, exp: now + 100 })
  const asked = await ask(alice, [proof], { exp: null })
  expect(await asked({ verified })).toHaveProperty('ok')
  expect(verified.size).toBe(1)
  const resolveProof = () => undefined
  expect(await asked({ verified, resolveProof })).toHaveProperty('ok')
  expect(await asked({ verified, resolveProof, now: now + 200 })).toMatchObject(refused('Expired', { proof: 0 }))
  const revocations = new RevocationSet()
  revocations.add(await revoke(proof, bob))
  expect(await asked({ verified, revocations })).toMatchObject(refused('Revoked'))
})

test('a key that may change is asked for every time', async () => {
  const office = { ...bob, did: 'did:web:office.example' } as const
  const { bytes } = ((key = parseDidKey(bob.did)) => ('ok' in key ? key.ok : { bytes: noNonce }))()
  let asked = 0
  const resolveDid: DidResolver = async () => {
    asked += 1
    return { ok: [{ algorithm: 'Ed25519', bytes }] }
  }
  const proof = await delegate({ aud: alice.did, sub: office.did, cmd: '/print', nonce, exp: null }, office)
  const verified = new VerifiedTokens()
  const answer = await ask(alice, [proof], { sub: office.did })
  expect(await answer({ executor: office.did, verified })).toMatchObject(refused('InvalidSignature', { proof: 0 }))
  for (const times of [1, 2]) {
    expect(await answer({ executor: office.did, verified, resolveDid })).toHaveProperty('ok')
    expect(asked).toBe(times)
  }
})

test('what is remembered is bounded, the least recently used goes first', async () => {
  const verified = new VerifiedTokens(2)
  const [one, two, three] = await Promise.all([1, 2, 3].map(exp => give(bob, { aud: alice.did, exp })))
  if (!one || !two || !three) throw new Error('three')
  const get = (delegation: Delegation) => verified.get(delegation.envelope.cid)
  verified.add(one)
  verified.add(two)
  expect(get(one)).toBe(one)
  verified.add(three)
  expect([get(one), get(two), get(three)]).toEqual([one, undefined, three])
  const small = new VerifiedTokens(10, 2 * one.envelope.bytes.length)
  for (const delegation of [one, two, three]) small.add(delegation)
  expect(small.size).toBe(2)
  const tiny = new VerifiedTokens(10, one.envelope.bytes.length)
  tiny.add(one)
  expect(tiny.size).toBe(0)
})
