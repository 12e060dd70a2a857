import { error, ok } from '@ipvm/ipld'
import { networkFailure, openNetwork, type OpenTransport, type Transport } from '@ipvm/network'
import { memoryHub, memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import { RevocationSet } from '@ipvm/ucan'
import { alice, bob, carol } from '@ipvm/testing'
import type { Did } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import { KeepConnected } from './keep-connected.ts'
import { dialWaits } from '../limits.ts'
import { MemoryPeerBook } from './memory-book.ts'
import { noPeers, withPeer, type KnownPeer } from './peer-book.ts'

/** Time that goes on when it is told to. */
class Clock {
  time = 1_767_225_600_000
  #appointments: { at: number; callback: () => void }[] = []
  readonly now = () => Math.floor(this.time / 1000)
  readonly milliseconds = () => this.time
  readonly random = (count: number) => new Uint8Array(count).fill(255)
  readonly after = (milliseconds: number, callback: () => void) => {
    const one = { at: this.time + milliseconds, callback }
    this.#appointments.push(one)
    return () => {
      this.#appointments = this.#appointments.filter(other => other !== one)
    }
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds
    for (;;) {
      for (let n = 0; n < 5; n++) await new Promise(resolve => setImmediate(resolve))
      const [next] = this.#appointments.sort((a, b) => a.at - b.at)
      if (!next || next.at > until) break
      this.#appointments.shift()
      this.time = next.at
      next.callback()
    }
    this.time = until
  }
}

/** A transport over which nobody is seen before they were dialled, as it is in the world; it counts how often they are. */
function dialled(hub: MemoryNetwork, dials: string[], met: Map<string, Did | undefined>): OpenTransport {
  return async host => {
    const inner = await memoryTransport(hub, { name: 'alice', did: alice.did })({
      ...host,
      came: () => {},
      went: () => {},
    })
    const transport: Transport = {
      ...{ name: 'dialled', addresses: inner.addresses, dials: inner.dials.bind(inner) },
      connect: async address => {
        dials.push(address)
        if (!met.has(address)) return error(networkFailure('Unreachable', address))
        const did = met.get(address)
        const peer = { name: did ?? address, addresses: [address], ...(did !== undefined && { did }) }
        host.came(peer)
        return ok(peer)
      },
      ...{ request: inner.request.bind(inner), blocks: inner.blocks.bind(inner), publish: inner.publish.bind(inner) },
      disconnect: name => {
        if (met.get('memory:bob') === name) host.went({ name, addresses: ['memory:bob'] })
      },
      ...{ subscribe: () => {}, unsubscribe: () => {}, peers: () => [], close: () => inner.close() },
    }
    return transport
  }
}

const laptop: KnownPeer = {
  ...{ did: bob.did, name: 'laptop', addresses: ['memory:bob'], trusted: true, since: 0, delegations: [], given: [] },
}

async function node(known: readonly KnownPeer[]) {
  const clock = new Clock()
  const dials: string[] = []
  const met = new Map<string, Did | undefined>()
  const network = await openNetwork({ world: clock, transports: [dialled(memoryHub({ world: clock }), dials, met)] })
  const book = new MemoryPeerBook(known.reduce(withPeer, noPeers))
  const trusted = new Set<Did>()
  const lines: string[] = []
  const { now, random, after } = clock
  const kept = new KeepConnected({
    ...{ signer: alice, book, revocations: new RevocationSet(), now, random, after, network, addresses: () => [] },
    trust: async executors => void executors.forEach(executor => void trusted.add(executor)),
    log: line => void lines.push(line),
    leaving: async () => void lines.push(`told ${network.peers().map(({ name }) => name)}`),
  })
  await kept.open()
  return { clock, dials, met, network, book, trusted, lines, kept }
}

test('a peer that is not there is dialled again after waits that grow, until it is there', async () => {
  const { clock, dials, met, network, trusted, kept } = await node([laptop])
  await clock.pass(0)
  expect(dials).toEqual(['memory:bob'])
  expect(trusted).toEqual(new Set([bob.did]))
  const [first, longest] = dialWaits
  await clock.pass(first)
  expect(dials).toHaveLength(2)
  await clock.pass(2 * first)
  expect(dials).toHaveLength(3)
  await clock.pass(3600_000)
  expect(dials.length).toBeGreaterThan(25)
  expect(dials.length).toBeLessThan(45)
  met.set('memory:bob', bob.did)
  await clock.pass(longest)
  expect(network.peers()).toMatchObject([{ did: bob.did }])
  const tried = dials.length
  await clock.pass(3600_000)
  expect(dials).toHaveLength(tried)
  kept.close()
})

test('a peer that another process brings is dialled at once, and one that it takes away no more', async () => {
  const { clock, dials, book, kept } = await node([])
  await clock.pass(10_000)
  expect(dials).toEqual([])
  await book.edit(before => ok({ peers: withPeer(before, laptop), value: undefined }))
  await clock.pass(0)
  expect(dials).toEqual(['memory:bob'])
  await book.edit(before =>
    ok({ peers: withPeer(before, { ...laptop, addresses: ['memory:bobby'] }), value: undefined }),
  )
  await clock.pass(0)
  expect(dials).toEqual(['memory:bob', 'memory:bobby'])
  await book.edit(() => ok({ peers: noPeers, value: undefined }))
  await clock.pass(3600_000)
  expect(dials).toHaveLength(2)
  kept.close()
})

test('a peer that is forgotten is let go of, though it is there', async () => {
  const { clock, dials, met, network, book, lines, kept } = await node([laptop])
  met.set('memory:bob', bob.did)
  await clock.pass(dialWaits[1])
  expect(network.peers()).toMatchObject([{ did: bob.did }])
  const tried = dials.length
  await book.edit(() => ok({ peers: noPeers, value: undefined }))
  await clock.pass(3600_000)
  expect(network.peers()).toEqual([])
  // It is told before what was taken back of it.
  expect(lines).toEqual([`told ${bob.did}`])
  expect(dials).toHaveLength(tried)
  kept.close()
})

test('who answers at the address of a peer and is another is not taken for it', async () => {
  const { clock, met, lines, kept } = await node([{ ...laptop, addresses: ['memory:bob', 'memory:attic'] }])
  met.set('memory:bob', carol.did)
  await clock.pass(dialWaits[0])
  expect(lines).toEqual([`memory:bob is not ${bob.did} any more: ${carol.did}`])
  kept.close()
})

test('a peer that misbehaved is dealt with again when its owner says so in another process', async () => {
  const { clock, network, book, kept } = await node([laptop])
  network.misbehaved(bob.did, 'Forgery')
  expect(network.setAside()).toHaveLength(1)
  await book.edit(before => ok({ peers: withPeer(before, { ...laptop, forgiven: clock.now() }), value: undefined }))
  await clock.pass(0)
  expect(network.setAside()).toEqual([])
  kept.close()
})
