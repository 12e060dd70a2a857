import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { openNetwork, type IncomingRequest, type Network } from '@ipvm/network'
import { memoryHub, memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import {
  covers,
  decodeInvocation,
  invoke,
  issueReceipt,
  proofsOf,
  readContainer,
  revokeName,
  RevocationSet,
  validate,
  writeContainer,
  type Invocation,
  type Revocation,
} from '@ipvm/ucan'
import { alice, bob, carol, dave } from '@ipvm/testing'
import { sameDid, type Signer } from '@ipvm/varsig'
import { afterEach, expect, test } from 'vitest'
import { admit, type JoinParts } from './admit.ts'
import { bookWallet } from './book-wallet.ts'
import { delegationsCommand, joinCommand, sharedCommands } from './commands.ts'
import { forget } from './forget.ts'
import { invite, readLink, type Invitation } from './invitation.ts'
import { join } from './join.ts'
import { invitationSeconds, sharedSeconds } from '../limits.ts'
import { MemoryPeerBook } from './memory-book.ts'
import { renew, tellDelegations } from './renew.ts'

const open: Network[] = []
afterEach(() => Promise.all(open.splice(0).map(network => network.close())))

/** Time that stands still until a test moves it, and what is drawn. */
class Time {
  now = 1_767_225_600
  #drawn = 0
  readonly world = {
    now: () => this.now,
    milliseconds: () => this.now * 1000,
    after: (milliseconds: number, callback: () => void) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
    random: (count: number) => new Uint8Array(count).fill(++this.#drawn),
  }
}

/** A node that does no more than to join and to be joined. */
class House {
  readonly signer: Signer
  readonly book = new MemoryPeerBook()
  readonly revocations = new RevocationSet()
  readonly parts: JoinParts
  readonly address: string
  readonly #time: Time
  network: Network | undefined
  asked = 0

  constructor(name: string, signer: Signer, time: Time) {
    this.signer = signer
    this.#time = time
    this.address = `memory:${name}`
    const { book, revocations } = this
    const { now, random } = time.world
    this.parts = { signer, book, revocations, now, random, name, addresses: () => [this.address] }
  }

  async open(hub: MemoryNetwork, did = this.signer.did): Promise<this> {
    const transport = memoryTransport(hub, { name: this.parts.name ?? '', did })
    const answer = (request: IncomingRequest) => this.#answer(request)
    this.network = await openNetwork({ world: this.#time.world, transports: [transport], answer })
    open.push(this.network)
    return this
  }

  get reach() {
    const { network } = this
    if (!network) throw new Error('it was not opened')
    const who = async (address: string) => {
      const peer = await network.connect(address)
      return 'error' in peer ? peer : ok(peer.ok.did)
    }
    return { network, who }
  }

  async invitation(exp = this.#time.now + invitationSeconds, commands = sharedCommands): Promise<string> {
    const { delegation, link } = await invite({ addresses: [this.address], exp }, this.signer, this.parts.random)
    await this.book.edit(peers => {
      const invitations = [...peers.invitations, { cid: delegation.envelope.cid, exp, commands }]
      return ok({ peers: { ...peers, invitations }, value: undefined })
    })
    return link
  }

  async joins(link: string) {
    const read = await readLink(link, this.#time.now)
    return 'error' in read ? read : join(read.ok, { commands: sharedCommands }, this.parts, this.reach)
  }

  async peers() {
    const peers = await this.book.read()
    if ('error' in peers) throw new Error(peers.error.message)
    return peers.ok.peers
  }

  wallet() {
    const { signer, book, revocations } = this
    return bookWallet({ did: signer.did, book, revocations, now: () => this.#time.now })
  }

  async #answer({ bytes }: IncomingRequest) {
    this.asked += 1
    const container = await readContainer(bytes)
    if ('error' in container) return error({ ...container.error, name: 'Refused' as const })
    const { tokens } = container.ok
    const [invocation] = tokens.flatMap(token => {
      const decoded = decodeInvocation(token)
      return 'ok' in decoded ? [decoded.ok] : []
    })
    if (!invocation) return error({ name: 'Refused' as const, message: 'no invocation' })
    const context = { now: this.#time.now, executor: this.signer.did, resolveProof: proofsOf(tokens) }
    const allowed = await validate(invocation, { ...context, revocations: this.revocations })
    const out = 'error' in allowed ? error(asFailure(allowed.error)) : await this.#does(invocation)
    const outcome = 'ok' in out ? out : error(asFailure(out.error))
    const receipt = await issueReceipt({ ran: invocation.task, out: outcome, exp: null }, this.signer)
    return ok({ type: 'container' as const, bytes: await writeContainer([receipt.bytes]) })
  }

  #does(invocation: Invocation): Promise<Result<Value, Failure>> {
    if (invocation.cmd === joinCommand) return admit(invocation, this.parts)
    if (invocation.cmd === delegationsCommand) return tellDelegations(invocation, this.parts)
    return Promise.resolve(error({ name: 'UnknownCommand', message: invocation.cmd }))
  }
}

function asFailure({ name, message }: Failure) {
  return { name, message }
}

async function town() {
  const time = new Time()
  const hub = memoryHub({ world: time.world })
  const home = await new House('alice', alice, time).open(hub)
  const away = await new House('bob', bob, time).open(hub)
  return { time, hub, alice: home, bob: away }
}

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
