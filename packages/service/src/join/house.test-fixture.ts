import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { openNetwork, type IncomingRequest, type Network } from '@ipvm/network'
import { memoryHub, memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import {
  decodeInvocation,
  issueReceipt,
  proofsOf,
  readContainer,
  RevocationSet,
  validate,
  writeContainer,
  type Invocation,
} from '@ipvm/ucan'
import { alice, bob } from '@ipvm/testing'
import type { Signer } from '@ipvm/varsig'
import { afterEach } from 'vitest'
import { admit, type JoinParts } from './admit.ts'
import { bookWallet } from './book-wallet.ts'
import { delegationsCommand, joinCommand, sharedCommands } from './commands.ts'
import { invite, readLink } from './invitation.ts'
import { join } from './join.ts'
import { invitationSeconds } from '../limits.ts'
import { MemoryPeerBook } from './memory-book.ts'
import { tellDelegations } from './renew.ts'

const open: Network[] = []
afterEach(() => Promise.all(open.splice(0).map(network => network.close())))

/** Time that stands still until a test moves it, and what is drawn. */
export class Time {
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
export class House {
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

/** Alice's house and Bob's, who see each other. */
export async function town() {
  const time = new Time()
  const hub = memoryHub({ world: time.world })
  const home = await new House('alice', alice, time).open(hub)
  const away = await new House('bob', bob, time).open(hub)
  return { time, hub, alice: home, bob: away }
}
