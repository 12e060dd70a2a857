import { nameOf } from '@ipvm/ipld'
import { Brought } from '@ipvm/runtime'
import { alice, aliceP256, bob, carol, dave, bobSecp256k1, TestWorld } from '@ipvm/testing'
import { decodeInvocation, delegate, revoke, revokeName, VerifiedTokens } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import type { Did } from '@ipvm/varsig'
import { doubled, Town } from '../town.test-fixture.ts'
import { revoker } from '../invocations/revoke.ts'
import { bobsService, good } from '../stories/bob.test-fixture.ts'
import { Acceptance } from './accept.ts'

test('strangers may fill a store with revocations, and keep out nobody whom the node deals with', async () => {
  const town = new Town()
  const { store, runtime, network } = await town.node(alice, [bob])
  const context = {
    ...{ signer: alice, store, world: town.world, open: [], verified: new VerifiedTokens(), log: () => {} },
    knows: async (agent: Did) => agent === bobSecp256k1.did,
    ...{ wallet: { proofs: async () => [] }, runtime: () => runtime, network: () => network },
  }
  const acceptance = new Acceptance(context, 2)
  const fields = { aud: dave.did, sub: carol.did, cmd: '/', pol: [], nonce: new Uint8Array(12), exp: null } as const
  const known = await delegate(fields, carol)
  await store.commit({ blocks: [known.envelope] })
  const take = async (revocation: { readonly bytes: Uint8Array }) => {
    const taken = await acceptance.revocation(revocation.bytes)
    return 'ok' in taken ? 'taken' : taken.error.name
  }
  const stranger = (n: number) => revokeName(nameOf(n), dave)
  expect([await take(await stranger(1)), await take(await stranger(1)), await take(await stranger(2))]).toEqual([
    'taken',
    'Declined',
    'taken',
  ])
  expect(await take(await stranger(3))).toBe('Declined')
  expect(await take(await revokeName(nameOf(4), bob))).toBe('taken')
  expect(await take(await revokeName(nameOf(4), alice))).toBe('taken')
  expect(await take(await revoke(known, carol))).toBe('taken')
  // Somebody on the list of peers may have let others do what this node lets them do.
  expect(await take(await revokeName(nameOf(4), bobSecp256k1))).toBe('taken')
  // Whoever did not issue what is revoked is a stranger to it.
  expect(await take(await revoke(known, aliceP256))).toBe('Declined')
  expect(await store.listRevocations()).toHaveLength(6)
  await town.close()
})

test('an executor that floods with receipts has so much kept in a time, and what is asked for comes all the same', async () => {
  const town = new Town()
  const { store, runtime, network } = await town.node(alice, [bob])
  const context = {
    ...{ signer: alice, store, world: town.world, open: [], verified: new VerifiedTokens(), log: () => {} },
    ...{ wallet: { proofs: async () => [] }, runtime: () => runtime, network: () => network },
  }
  const receipts = await Promise.all([1, 2, 3, 4].map(n => doubled(n, bob)))
  const [size = 0] = receipts.map(({ bytes }) => bytes.length)
  const acceptance = new Acceptance(context, 0, { burst: 2 * size + 9, perSecond: size })
  const keeps = async (n: number, isUnasked = true) => {
    const [receipt] = receipts.slice(n, n + 1)
    return receipt && acceptance.keep(receipt, { from: bob.did, valueBytesMax: 0, isUnasked })
  }
  expect([await keeps(0), await keeps(1), await keeps(2)]).toEqual([true, true, false])
  expect(await keeps(3, false)).toBe(true)
  await town.pass(2000)
  expect(await keeps(2)).toBe(true)
  await town.close()
})

test('whoever takes something back is told where there is no room for it', async () => {
  const { store, runtime } = bobsService()
  const context = {
    ...{ signer: bob, store, world: new TestWorld(), open: [], verified: new VerifiedTokens(), log: () => {} },
    ...{ wallet: { proofs: async () => [] }, runtime: () => runtime, network: () => undefined },
  }
  const told: string[] = []
  const revoked = async () => void told.push('told')
  const { answer } = revoker(context, { acceptance: new Acceptance(context, 1), revoked })
  const asks = async (n: number) => {
    const { bytes } = await revokeName(nameOf(n), dave)
    const invocation = good(decodeInvocation(bytes))
    const about = {
      brought: new Brought(),
      receipts: [],
      room: { left: 0 },
      from: { name: 'dave', addresses: [] },
      wait: 0,
    }
    const answered = await answer({ invocation, judged: { invocation, proofs: [] }, ...about, signal: never })
    return 'ok' in answered ? 'kept' : answered.error.name
  }
  expect([await asks(1), await asks(2), await asks(1)]).toEqual(['kept', 'Refused', 'kept'])
  expect(await store.listRevocations()).toHaveLength(1)
  expect(told).toEqual(['told'])
  await runtime.close()
})

const never = new AbortController().signal
