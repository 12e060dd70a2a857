import { ok } from '@ipvm/ipld'
import { covers, invoke, revokeName, type Invocation, type Revocation } from '@ipvm/ucan'
import { alice, bob, carol, dave } from '@ipvm/testing'
import { sameDid } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import { admit } from './admit.ts'
import { joinCommand, sharedCommands } from './commands.ts'
import { forget } from './forget.ts'
import { invite, readLink, type Invitation } from './invitation.ts'
import { join } from './join.ts'
import { invitationSeconds, sharedSeconds } from '../limits.ts'
import { withPeer } from './peer-book.ts'
import { renew } from './renew.ts'
import { House, town, type Time } from './house.test-fixture.ts'

test('by one link two nodes are peers: they trust each other, and hold what each lets the other do', async () => {
  const { alice: inviter, bob: joiner, time } = await town()
  const joined = await joiner.joins(await inviter.invitation())
  expect(joined).toMatchObject({ ok: { did: alice.did, name: 'alice', trusted: true, addresses: ['memory:alice'] } })
  expect(await inviter.peers()).toMatchObject([
    { did: bob.did, name: 'bob', trusted: true, since: time.now, addresses: ['memory:bob'] },
  ])
  for (const [one, other] of [
    [inviter, joiner],
    [joiner, inviter],
  ] as const) {
    for (const cmd of ['/wasm/run', '/receipt/read', '/block/put'] as const) {
      const proofs = await one.wallet().proofs(other.signer.did, cmd)
      expect(proofs).toMatchObject([{ iss: other.signer.did, aud: one.signer.did, exp: time.now + sharedSeconds }])
    }
    expect(await one.wallet().proofs(other.signer.did, '/node/admin')).toEqual([])
    expect(await one.wallet().proofs(carol.did, '/wasm/run')).toEqual([])
  }
})

test('a link is for one: another is refused by name, the same one may ask again, and gets nothing more', async () => {
  const { alice: inviter, bob: joiner, hub, time } = await town()
  const link = await inviter.invitation()
  await joiner.joins(link)
  const [before] = await inviter.peers()
  expect(await joiner.joins(link)).toHaveProperty('ok')
  const [after] = await inviter.peers()
  expect(after?.given).toEqual(before?.given)
  const other = await new House('carol', carol, time).open(hub)
  expect(await other.joins(link)).toMatchObject({ error: { name: 'InvitationUsed' } })
  expect(await inviter.peers()).toHaveLength(1)
  expect(await other.peers()).toEqual([])
})

test('of two that come at the same time by one link, one is let in', async () => {
  const { alice: inviter, bob: joiner, hub, time } = await town()
  const link = await inviter.invitation()
  const other = await new House('carol', carol, time).open(hub)
  const came = await Promise.all([joiner.joins(link), other.joins(link)])
  expect(came.filter(one => 'ok' in one)).toHaveLength(1)
  expect(came.flatMap(one => ('error' in one ? [one.error.name] : []))).toEqual(['InvitationUsed'])
})

test('a link that is too old, taken back, of this node, or changed on the way is refused by name', async () => {
  const { alice: inviter, bob: joiner, time } = await town()
  const link = await inviter.invitation()
  expect(await inviter.joins(link)).toMatchObject({ error: { name: 'OwnInvitation' } })
  expect(await joiner.joins(link.slice(0, -8))).toMatchObject({ error: { name: 'MalformedLink' } })
  const middle = link.length / 2
  const flipped = link.slice(0, middle) + (link[middle] === 'b' ? 'c' : 'b') + link.slice(middle + 1)
  expect(await joiner.joins(flipped)).toHaveProperty('error')
  expect(await joiner.joins('https://example.com/')).toMatchObject({ error: { name: 'MalformedLink' } })
  const written = await readLink(link, time.now)
  const cid = 'ok' in written ? written.ok.delegation.envelope.cid : undefined
  if (!cid) throw new Error('the link is not read')
  inviter.revocations.add(await revokeName(cid, alice))
  expect(await joiner.joins(link)).toMatchObject({ error: { name: 'Revoked' } })
  const late = await inviter.invitation()
  time.now += invitationSeconds + 61
  expect(await joiner.joins(late)).toMatchObject({ error: { name: 'Expired', message: /another one: ipvm invite/ } })
  expect(await inviter.peers()).toEqual([])
})

test('a link survives a chat program: spaces, line ends, quotes and capital letters do not matter', async () => {
  const { alice: inviter, time } = await town()
  const link = await inviter.invitation()
  expect(link).toMatch(/^ipvm:join\/[a-z2-7]+$/)
  const sent = `  "${link
    .toUpperCase()
    .replace(/(.{40})/g, '$1\n > ')
    .replaceAll(' > ', '  ')}"\r\n`
  expect(await readLink(sent, time.now)).toEqual(
    await readLink(link, time.now).then(({ ...read }) => expect.objectContaining(withoutKey(read))),
  )
})

function withoutKey(read: Awaited<ReturnType<typeof readLink>>) {
  if ('error' in read) throw new Error(read.error.message)
  const { inviter, addresses, delegation } = read.ok
  return { ok: expect.objectContaining({ inviter, addresses, delegation }) }
}

test('who answers at the address and is another is sent nothing', async () => {
  const { alice: inviter, bob: joiner, hub, time } = await town()
  const link = await inviter.invitation()
  await inviter.network?.close()
  const liar = await new House('alice', carol, time).open(hub)
  expect(await joiner.joins(link)).toMatchObject({ error: { name: 'WrongPeer', message: /Nothing was sent/ } })
  expect(liar.asked).toBe(0)
  // One that shows the inviter's record, as whoever is in between may, still cannot sign for it.
  await liar.network?.close()
  await new House('alice', carol, time).open(hub, alice.did)
  expect(await joiner.joins(link)).toMatchObject({ error: { name: 'NoReceipt' } })
  expect(await joiner.peers()).toEqual([])
})

test('nobody is brought in by another: the joiner itself has to have said so, about this invitation', async () => {
  const { alice: inviter, bob: joiner, time } = await town()
  const first = await readLink(await inviter.invitation(), time.now)
  const second = await readLink(await inviter.invitation(), time.now)
  if ('error' in first || 'error' in second) throw new Error('a link is not read')
  await join(first.ok, { commands: sharedCommands }, joiner.parts, joiner.reach)
  const sent = await consentOf(first.ok, joiner, time)
  const by = (args: Invocation['args'], { delegation, key }: Invitation) =>
    invoke(
      { sub: alice.did, cmd: joinCommand, args, prf: [delegation.envelope.cid], nonce: new Uint8Array(12), exp: null },
      key,
    )
  // What Bob has said about one invitation does not count for another.
  const replayed = await by({ consent: sent, delegations: [] }, second.ok)
  expect(await admit(replayed, inviter.parts)).toMatchObject({ error: { name: 'InvalidConsent' } })
  const forged = sent.slice()
  forged[30] = (forged[30] ?? 0) ^ 1
  expect(await admit(await by({ consent: forged, delegations: [] }, first.ok), inviter.parts)).toHaveProperty('error')
  expect(await admit(await by({}, second.ok), inviter.parts)).toMatchObject({ error: { name: 'InvalidConsent' } })
  const own = await invoke({ sub: alice.did, cmd: joinCommand, args: {}, nonce: new Uint8Array(12), exp: null }, alice)
  expect(await admit(own, inviter.parts)).toMatchObject({ error: { name: 'NotInvited' } })
})

async function consentOf({ delegation }: Invitation, joiner: House, time: Time): Promise<Uint8Array> {
  const { consent } = await import('./consent.ts')
  const to = { invitation: delegation.envelope.cid, inviter: alice.did }
  const fields = { addresses: [], delegations: [], exp: time.now + 60, nonce: new Uint8Array(12) }
  return (await consent({ ...fields, ...to }, joiner.signer)).bytes
}

test('what ends soon is given anew, and what was given before stays known, to be taken back', async () => {
  const { alice: inviter, bob: joiner, time } = await town()
  await joiner.joins(await inviter.invitation())
  const [peer] = await joiner.peers()
  if (!peer) throw new Error('it has not joined')
  const told = await renew(peer, 'memory:alice', joiner.parts, joiner.reach.network)
  expect('ok' in told && told.ok.map(one => one.exp)).toEqual(peer.delegations.map(({ exp }) => exp))
  time.now += Math.floor(sharedSeconds * 0.7)
  await renew(peer, 'memory:alice', joiner.parts, joiner.reach.network)
  const [later] = await joiner.peers()
  expect(later?.delegations.map(({ exp }) => exp)).toEqual(sharedCommands.map(() => time.now + sharedSeconds))
  const [given] = await inviter.peers()
  expect(given?.given).toHaveLength(2 * sharedCommands.length)
  // One that was taken back is not given anew.
  for (const { cmd, envelope } of given?.given ?? []) {
    if (cmd === '/wasm/run') inviter.revocations.add(await revokeName(envelope.cid, alice))
  }
  if (!later) throw new Error('it has joined')
  await renew(later, 'memory:alice', joiner.parts, joiner.reach.network)
  expect((await joiner.peers())[0]?.delegations.map(({ cmd }) => cmd)).toEqual(
    sharedCommands.filter(cmd => cmd !== '/wasm/run'),
  )
})

test('a peer that is forgotten has lost what it was given, and does not come again by its link', async () => {
  const { alice: inviter, bob: joiner } = await town()
  const link = await inviter.invitation()
  await joiner.joins(link)
  const [peer] = await joiner.peers()
  const keep = async (revocations: readonly Revocation[]) => {
    expect(await inviter.peers()).toHaveLength(1)
    for (const revocation of revocations) inviter.revocations.add(revocation)
  }
  const forgotten = await forget(bob.did, inviter.parts, keep)
  if ('error' in forgotten || !peer) throw new Error('it is not forgotten')
  expect(forgotten.ok).toHaveLength(sharedCommands.length)
  expect(await inviter.peers()).toEqual([])
  const asked = await renew(peer, 'memory:alice', joiner.parts, joiner.reach.network)
  expect(asked).toMatchObject({ error: { name: 'Revoked' } })
  expect(await joiner.joins(link)).toMatchObject({ error: { name: 'NotInvited' } })
  expect(await forget(dave.did, inviter.parts, keep)).toMatchObject({ error: { name: 'UnknownPeer' } })
})

test('a link has the addresses that it has room for, and what is no address is none', async () => {
  const { bob: joiner, alice: inviter, time } = await town()
  const long = Array.from({ length: 20 }, (_, n) => `https://${n}.example/${'x'.repeat(480)}`)
  const { link } = await invite({ addresses: long, exp: time.now + 60 }, alice, inviter.parts.random)
  const read = await readLink(link, time.now)
  expect('ok' in read && read.ok.addresses.length).toBeGreaterThan(5)
  const { link: empty } = await invite({ addresses: [''], exp: time.now + 60 }, alice, inviter.parts.random)
  expect(await joiner.joins(empty)).toMatchObject({ error: { name: 'MalformedLink' } })
  const { link: nowhere } = await invite({ addresses: [], exp: time.now + 60 }, alice, inviter.parts.random)
  expect(await joiner.joins(nowhere)).toMatchObject({ error: { name: 'NoAddress' } })
})

test('two peers of one name are told apart, and what a peer calls itself does no harm', async () => {
  const { alice: inviter, bob: joiner, time, hub } = await town()
  await joiner.joins(await inviter.invitation())
  const double = await new House('bob', carol, time).open(hub)
  await double.joins(await inviter.invitation())
  const odd = await new House('\u001b[31m did:key: ../x', dave, time).open(hub)
  await odd.joins(await inviter.invitation())
  expect((await inviter.peers()).map(({ name }) => name)).toEqual(['bob', 'bob-2', '31m-did-key-..-x'])
  expect(sharedCommands.every(cmd => !covers(cmd, '/node/admin'))).toBe(true)
  expect((await inviter.peers()).every(({ did }) => !sameDid(did, alice.did))).toBe(true)
})

test('who comes again by its link does not get back what was taken from it since, nor is trusted again', async () => {
  const { alice: inviter, bob: joiner } = await town()
  const link = await inviter.invitation()
  await joiner.joins(link)
  const [peer] = await inviter.peers()
  const run = peer?.given.find(({ cmd }) => cmd === '/wasm/run')
  if (!peer || !run) throw new Error('it has not joined')
  inviter.revocations.add(await revokeName(run.envelope.cid, alice))
  await inviter.book.edit(before => ok({ peers: withPeer(before, { ...peer, trusted: false }), value: undefined }))
  expect(await joiner.joins(link)).toHaveProperty('ok')
  const [after] = await inviter.peers()
  expect(after?.trusted).toBe(false)
  expect(after?.given.map(({ cmd }) => cmd)).toEqual(sharedCommands.filter(cmd => cmd !== '/wasm/run'))
})
