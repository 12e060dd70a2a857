import { alice, bob, carol, dave } from '@ipvm/testing'
import { delegate, revoke, writeContainer, type Command, type Delegation } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import { doorDelegationsMax } from '../limits.ts'
import { bobsService, tomorrow } from '../stories/bob.test-fixture.ts'

let count = 0
function lets(by: Signer, aud: Did, cmd: Command = '/wasm/run', more: { exp?: number; sub?: Did } = {}) {
  count += 1
  return delegate(
    { aud, sub: bob.did, cmd, pol: [['==', '.fun', 'blur']], nonce: Uint8Array.of(count), exp: tomorrow, ...more },
    by,
  )
}

const carols = { name: carol.did, did: carol.did, addresses: [] }

async function mayCome(delegations: readonly Delegation[], peer = carols) {
  const { service, runtime, store } = bobsService()
  const [first] = delegations
  const container = await writeContainer(delegations.map(({ envelope }) => envelope.bytes))
  const may = await service.admitsBy(peer, container)
  // By a word of who gave it, it is over.
  const issuer = [alice, bob].find(({ did }) => did === first?.iss)
  if (first && issuer) await store.commit({ revocations: [await revoke(first, issuer)] })
  if (may) expect(await service.admitsBy(peer, container)).toBe(false)
  await runtime.close()
  return may
}

test('who brings a chain from this node to them may come, whatever it lets them do', async () => {
  expect(await mayCome([await lets(bob, carol.did)])).toBe(true)
  expect(await mayCome([await lets(bob, alice.did, '/wasm'), await lets(alice, carol.did)])).toBe(true)
})

test('who brings no chain from this node to them may not', async () => {
  const whole = [await lets(bob, alice.did, '/wasm'), await lets(alice, carol.did)]
  expect(await mayCome(whole.slice(1))).toBe(false)
  expect(await mayCome(whole.slice(0, 1))).toBe(false)
  expect(await mayCome(whole, { name: dave.did, did: dave.did, addresses: [] })).toBe(false)
  expect(await mayCome([await lets(bob, carol.did, '/wasm/run', { exp: 1 })])).toBe(false)
  // What Alice may do with what is hers is no word of Bob.
  expect(await mayCome([await lets(alice, carol.did, '/wasm/run', { sub: alice.did })])).toBe(false)
  expect(await mayCome([await lets(bob, alice.did, '/mail'), await lets(alice, carol.did)])).toBe(false)
})

test('more than a few delegations are not looked at, and who brings nonsense is shunned after a while', async () => {
  const many = Array.from({ length: doorDelegationsMax + 1 }, () => lets(bob, carol.did))
  expect(await mayCome(await Promise.all(many))).toBe(false)
  const { service, runtime } = bobsService()
  const good = await writeContainer([(await lets(bob, carol.did)).envelope.bytes])
  for (let n = 0; n < 1000; n++) await service.admitsBy(carols, Uint8Array.of(1))
  expect(await service.admitsBy(carols, good)).toBe(false)
  await runtime.close()
})
