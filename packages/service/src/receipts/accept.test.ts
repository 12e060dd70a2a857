import { nameOf } from '@ipvm/ipld'
import { alice, aliceP256, bob, carol, dave } from '@ipvm/testing'
import { delegate, revoke, revokeName, VerifiedTokens } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { Town } from '../town.test-fixture.ts'
import { Acceptance } from './accept.ts'

test('strangers may fill a store with revocations, and keep out nobody whom the node deals with', async () => {
  const town = new Town()
  const { store, runtime, network } = await town.node(alice, [bob])
  const context = {
    ...{ signer: alice, store, world: town.world, open: [], verified: new VerifiedTokens(), log: () => {} },
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
  // Whoever did not issue what is revoked is a stranger to it.
  expect(await take(await revoke(known, aliceP256))).toBe('Declined')
  expect(await store.listRevocations()).toHaveLength(5)
  await town.close()
})
