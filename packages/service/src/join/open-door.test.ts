import { ok } from '@ipvm/ipld'
import { bob, dave } from '@ipvm/testing'
import { invoke } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { bobsService, bodyOf, outsIn, tomorrow } from '../stories/bob.test-fixture.ts'
import { consent } from './consent.ts'
import { invite } from './invitation.ts'

test('where anybody may ask a node about itself, nobody comes by an invitation whose key they do not have', async () => {
  const { asked, service, world, runtime } = bobsService({ open: ['/node'] })
  const { delegation } = await invite({ addresses: [], exp: tomorrow }, bob, count => world.random(count))
  const invitation = delegation.envelope.cid
  await service.join.book.edit(none =>
    ok({ peers: { ...none, invitations: [{ cid: invitation, exp: tomorrow, commands: ['/wasm/run'] }] }, value: 0 }),
  )
  const nonce = new Uint8Array(12)
  const said = await consent(
    { addresses: [], delegations: [], invitation, inviter: bob.did, exp: tomorrow, nonce },
    dave,
  )
  const args = { consent: said.bytes, delegations: [] }
  const join = await invoke({ sub: bob.did, cmd: '/node/join', args, prf: [invitation], nonce, exp: tomorrow }, dave)
  expect(await outsIn(await asked(await bodyOf([join])))).toEqual(['NotInvited'])
  expect(await service.join.book.read()).toMatchObject({ ok: { peers: [] } })
  await runtime.close()
})
