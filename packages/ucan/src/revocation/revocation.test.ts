import { nameOf } from '@ipvm/ipld'
import { alice, aliceP256, bob, bobSecp256k1, carol } from '@ipvm/testing'
import { expect, test } from 'vitest'
import {
  decodeDelegation,
  decodeInvocation,
  delegate,
  invoke,
  namesOf,
  noNonce,
  readRevocation,
  ReplayMemory,
  revoke,
  revokeName,
  RevocationSet,
  validate,
} from '../index.ts'

const now = 1_767_225_600
const nonce = new Uint8Array(12).fill(1)
const orders = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

/** The same token with the other of its two signatures. */
function twinOf(bytes: Uint8Array, algorithm: keyof typeof orders): Uint8Array {
  const twin = Buffer.from(bytes)
  const s = BigInt(`0x${twin.subarray(35, 67).toString('hex')}`)
  twin.write((orders[algorithm] - s).toString(16).padStart(64, '0'), 35, 'hex')
  return new Uint8Array(twin)
}

test('a revocation reads back, and is the same bytes whenever it is made', async () => {
  const delegation = await delegate({ aud: bob.did, sub: alice.did, cmd: '/', nonce, exp: null }, alice)
  const revocation = await revoke(delegation, alice, [delegation.envelope.cid])
  expect(await readRevocation(revocation.bytes)).toEqual({ ok: revocation })
  expect((await revoke(delegation, alice, [delegation.envelope.cid])).cid).toEqual(revocation.cid)
  expect((await revokeName(delegation.envelope.cid, alice)).revoke).toEqual(delegation.envelope.cid)
})

test('what is no revocation is refused by name', async () => {
  const made = async (cmd: '/ucan/revoke' | '/x', args: Parameters<typeof invoke>[0]['args']) =>
    readRevocation((await invoke({ sub: alice.did, cmd, args, nonce: noNonce, exp: null }, alice)).envelope.bytes)
  expect(await made('/x', { revoke: nameOf(1) })).toMatchObject({ error: { name: 'InvalidClaim', field: 'cmd' } })
  expect(await made('/ucan/revoke', {})).toMatchObject({ error: { name: 'MalformedArguments', field: 'revoke' } })
  expect(await made('/ucan/revoke', { revoke: 'bafy' })).toMatchObject({ error: { name: 'MalformedArguments' } })
  expect(await made('/ucan/revoke', { revoke: nameOf(1), x: 1 })).toMatchObject({ error: { field: 'x' } })
  const { bytes } = await revokeName(nameOf(1), alice)
  bytes[10] = (bytes[10] ?? 0) ^ 1
  expect(await readRevocation(bytes)).toMatchObject({ error: { name: 'InvalidSignature' } })
})

test.each([aliceP256, bobSecp256k1])('a revoked delegation does not come back under its twin’s name', async signer => {
  if (signer.algorithm === 'Ed25519') throw new Error('an ECDSA key')
  const delegation = await delegate({ aud: carol.did, sub: signer.did, cmd: '/', nonce, exp: null }, signer)
  const twin = decodeDelegation(twinOf(delegation.envelope.bytes, signer.algorithm))
  if ('error' in twin) throw new Error(twin.error.message)
  expect(twin.ok.envelope.cid.equals(delegation.envelope.cid)).toBe(false)
  expect(namesOf(twin.ok.envelope)).toEqual(namesOf(delegation.envelope))
  for (const revoked of [delegation, twin.ok]) {
    for (const shown of [delegation, twin.ok]) {
      const prf = [shown.envelope.cid]
      const invocation = await invoke({ sub: signer.did, cmd: '/x', args: {}, prf, nonce, exp: null }, carol)
      const context = { now, executor: signer.did, resolveProof: () => shown.envelope.bytes }
      expect(await validate(invocation, context)).toHaveProperty('ok')
      const revocations = new RevocationSet()
      revocations.add(await revokeName(revoked.envelope.cid, signer))
      expect(await validate(invocation, { ...context, revocations })).toMatchObject({ error: { name: 'Revoked' } })
    }
  }
})

test('nor does an invocation run again under its twin’s name', async () => {
  const { envelope } = await invoke({ sub: aliceP256.did, cmd: '/x', args: {}, nonce, exp: null }, aliceP256)
  const replay = new ReplayMemory()
  const answers = []
  for (const bytes of [envelope.bytes, twinOf(envelope.bytes, 'P-256')]) {
    const read = decodeInvocation(bytes)
    if ('error' in read) throw new Error(read.error.message)
    const context = { now, executor: aliceP256.did, resolveProof: () => undefined, replay }
    answers.push(await validate(read.ok, context))
  }
  expect(answers).toMatchObject([{ ok: {} }, { error: { name: 'Replayed' } }])
})

test('the set keeps everything it took, and says so when it can take no more', () => {
  const set = new RevocationSet(1)
  expect(set.add({ revoke: nameOf(1), iss: alice.did })).toHaveProperty('ok')
  expect(set.add({ revoke: nameOf(1), iss: alice.did })).toHaveProperty('ok')
  expect(set.add({ revoke: nameOf(1), iss: bob.did })).toMatchObject({ error: { name: 'RevocationSetFull' } })
  expect([...set.revokersOf(nameOf(1))]).toEqual([alice.did])
})

test('the replay memory forgets what has expired and nothing sooner, and a clock set back brings nothing back', () => {
  const memory = new ReplayMemory(2)
  expect(memory.claim(nameOf(1), now + 10, now)).toBe('first')
  expect(memory.claim(nameOf(2), null, now)).toBe('first')
  expect(memory.claim(nameOf(3), now + 10, now)).toBe('full')
  expect(memory.claim(nameOf(1), now + 10, now + 10)).toBe('seen')
  expect(memory.claim(nameOf(3), now + 99, now + 11)).toBe('first')
  expect(memory.claim(nameOf(1), now + 10, now)).toBe('seen')
  expect(memory.claim(nameOf(2), null, now + 1000)).toBe('seen')
})
