import { ok, rawBlock } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { revoke } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { withPeer } from '../join/peer-book.ts'
import { bobLets, bobsService } from '../stories/bob.test-fixture.ts'

test('who is trusted gets blocks by what it was given, and no more when that is taken back', async () => {
  const { service, store, runtime } = bobsService()
  const block = rawBlock(new TextEncoder().encode('minutes of the meeting'))
  await store.commit({ blocks: [block], trusted: [alice.did, carol.did] })
  const asks = ({ did }: typeof alice) => service.block(block.cid, { name: did, did, addresses: [] })
  const given = await bobLets('/block')
  const about = { addresses: [], trusted: true, since: 0, delegations: [] }
  await service.join.book.edit(none => {
    const peers = withPeer(withPeer(none, { ...about, did: alice.did, given: [given] }), {
      ...about,
      did: carol.did,
      given: [],
    })
    return ok({ peers, value: undefined })
  })
  expect(await asks(alice)).toEqual(block.bytes)
  expect(await asks(carol)).toBeUndefined()
  await store.commit({ revocations: [await revoke(given, bob)] })
  expect(await asks(alice)).toBeUndefined()
  await runtime.close()
})
