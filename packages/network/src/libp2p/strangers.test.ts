import { alice, bob, carol, dave } from '@ipvm/testing'
import { gossipsub, type GossipSub } from '@libp2p/gossipsub'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { assertPeer, limits, openNetwork, type Network, type NetworkOptions, type NetworkWorld } from '../index.ts'
import { echo, realWorld, Shelf, text, until, words } from '../suite/harness.test-fixture.ts'
import { frameBytes } from './frames.ts'
import { libp2pTransport, type Libp2pOptions } from './index.ts'
import { recordOf } from './people.test-fixture.ts'
import { plainNode } from './plain.test-fixture.ts'
import { word } from './words.ts'

const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']

function start(options: Libp2pOptions, more: Partial<NetworkOptions> = {}): Promise<Network> {
  return openNetwork({ world: realWorld, transports: [libp2pTransport(options)], answer: echo, ...more })
}

/** A world in which nobody has as much time as in the real one to say who they are. */
const hasty: NetworkWorld = {
  ...realWorld,
  after: (milliseconds, callback) =>
    realWorld.after(milliseconds === limits.helloWithin ? 2000 : milliseconds, callback),
}

const elsewhere = '/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'

/** Alice's own record, shown by somebody else. */
const stolen = async () => (await assertPeer([elsewhere], realWorld.now() + 60, alice)).bytes

test.each<[string, string, Libp2pOptions]>([
  ['has proven no DID', '/tcp/', {}],
  ['has proven one that the host does not admit', '/tcp/', { record: recordOf('carol') }],
  ['shows the record of somebody whom the host admits', '/tcp/', { record: stolen }],
  ['does so over WebSockets', '/ws', { record: stolen }],
])('who %s hears who we are, and nothing else', async (_what, way, options) => {
  const { shelf, root } = Shelf.withFile(100)
  const asked: string[] = []
  const network = await start(
    { listen, record: recordOf('bob') },
    {
      admits: ({ did }) => did === alice.did,
      block: cid => shelf.block(cid),
      answer: request => {
        asked.push(request.from.name)
        return echo(request)
      },
    },
  )
  const address = network.addresses.find(one => one.includes(way)) ?? ''
  const heard: string[] = []
  const hear = (who: string) => (message: { readonly from: { readonly name: string } }) => {
    heard.push(`${who} hears ${message.from.name}`)
    return 'accept' as const
  }
  const [friend, stranger] = [await start({ record: recordOf('alice') }), await start(options)]
  for (const [who, one] of Object.entries({ bob: network, alice: friend, stranger })) one.subscribe('news', hear(who))
  expect(await stranger.connect(address)).toMatchObject({ ok: { did: bob.did } })
  expect(words(await stranger.request(address, text('x')))).toBe('Refused')
  expect(await stranger.fetch(root, new Shelf())).toHaveProperty('error')
  expect(await friend.connect(address)).toHaveProperty('ok')
  await until(() => network.peers().length > 0)
  expect(words(await friend.request(address, text('x')))).toBe('x')
  const all = [`alice hears ${bob.did}`, `bob hears ${alice.did}`]
  while (!all.every(one => heard.includes(one))) {
    for (const one of [stranger, friend, network]) await one.publish('news', realWorld.random(8))
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect([...new Set(heard)].sort()).toEqual(all.sort())
  expect(network.peers().map(({ name }) => name)).toEqual([alice.did])
  expect(asked).toEqual([alice.did])
  await Promise.all([network, friend, stranger].map(one => one.close()))
})

test('who brings a proof may ask from the first request on, and hears no gossip; who brings another does not stay', async () => {
  const judged: string[] = []
  const network = await start(
    { listen, record: recordOf('bob') },
    {
      world: hasty,
      admits: ({ did }) => did === alice.did,
      admitsBy: async ({ did }, proof) => {
        judged.push(`${did} ${proof.length}`)
        // Whoever asks meanwhile waits.
        await new Promise(resolve => setTimeout(resolve, 50))
        return proof[0] === 1
      },
    },
  )
  const [address = ''] = network.addresses
  const proofs = (proof: number) => async (agent: string) =>
    agent === bob.did ? Uint8Array.of(proof, 2, 3) : undefined
  const friend = await start({ record: recordOf('alice') })
  const guest = await start({ record: recordOf('carol'), proofs: proofs(1) })
  const other = await start({ record: recordOf('dave'), proofs: proofs(9) })
  const heard: string[] = []
  for (const [who, one] of Object.entries({ network, guest })) {
    one.subscribe('news', ({ from }) => {
      heard.push(`${who} hears ${from.name}`)
      return 'accept'
    })
  }
  for (const one of [friend, guest, other]) expect(await one.connect(address)).toHaveProperty('ok')
  expect(words(await guest.request(address, text('x')))).toBe('x')
  expect(words(await other.request(address, text('x')))).toBe('Refused')
  expect(judged).toEqual([`${carol.did} 3`, `${dave.did} 3`])
  while (!heard.includes(`network hears ${alice.did}`)) {
    for (const one of [friend, network, guest]) await one.publish('news', realWorld.random(8))
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  expect([...new Set(heard)]).toEqual([`network hears ${alice.did}`])
  await until(() => other.peers().length === 0)
  expect(guest.peers().map(({ name }) => name)).toEqual([bob.did])
  expect(
    network
      .peers()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([alice.did, carol.did].sort())
  await Promise.all([network, friend, guest, other].map(one => one.close()))
})

test.each([
  ['twice', 2, 3],
  ['that is too large', 1, limits.proofBytesMax + 1],
])('a proof %s is garbage', async (_, times, size) => {
  const network = await start({ listen, record: recordOf('bob') }, { admitsBy: async () => false })
  const node = await plainNode()
  await node.handle('/ipvm/ask/1', stream => void stream.addEventListener('message', () => {}))
  const stream = await node.dialProtocol(multiaddr(network.addresses[0]), '/ipvm/ask/1')
  stream.send(frameBytes([word.hello, 0, new Uint8Array(0)]))
  for (let n = 0; n < times; n++) stream.send(frameBytes([word.prove, 0, new Uint8Array(size)]))
  await until(() => stream.status !== 'open')
  await Promise.all([network.close(), node.stop()])
})

test('who says nothing, or half a hello, does not stay; who is admitted by then does', async () => {
  let isOpen = false
  const network = await start({ listen, record: recordOf('bob') }, { world: hasty, admits: () => isOpen })
  const silent = await plainNode()
  const connection = await silent.dial(multiaddr(network.addresses[0]))
  const half = await silent.dialProtocol(multiaddr(network.addresses[0]), '/ipvm/ask/1')
  half.send(frameBytes([word.hello, 0, new Uint8Array(100)]).subarray(0, 50))
  await until(() => connection.status === 'closed')
  const friend = await start({ record: recordOf('alice') })
  expect(await friend.connect(network.addresses[0] ?? '')).toHaveProperty('ok')
  expect(network.peers()).toEqual([])
  isOpen = true
  await until(() => network.peers().length === 1)
  expect(words(await friend.request(bob.did, text('x')))).toBe('x')
  await Promise.all([network.close(), friend.close(), silent.stop()])
})

test('more strangers than may stay at once are sent away, and friends still come', async () => {
  const network = await start({ listen, record: recordOf('bob') }, { admits: ({ did }) => did === alice.did })
  const nodes = await Promise.all(Array.from({ length: limits.strangersMax + 2 }, (_, n) => plainNode(n)))
  const connections: Connection[] = []
  for (const node of nodes) {
    connections.push(await node.dial(multiaddr(network.addresses[0])))
    // No more come from one host within a second than may.
    await new Promise(resolve => setTimeout(resolve, 1500 / limits.libp2pInboundPerSecond))
  }
  await until(() => connections.filter(({ status }) => status !== 'open').length >= 2)
  const friend = await start({ record: recordOf('alice') })
  expect(await friend.connect(network.addresses[0] ?? '')).toHaveProperty('ok')
  await until(() => network.peers().length === 1)
  await Promise.all([network.close(), friend.close(), ...nodes.map(node => node.stop())])
})

test('gossip that is garbage, or floods, costs whoever sends it', async () => {
  const network = await start({ listen, record: recordOf('bob'), isOpen: true })
  const heard: number[] = []
  network.subscribe('news', ({ bytes }) => {
    heard.push(bytes.length)
    return bytes.length > 4 ? 'reject' : 'accept'
  })
  const node = await plainNode(9, {
    pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign', allowPublishToZeroTopicPeers: true }),
  })
  const pubsub = node.services.pubsub as GossipSub
  await node.handle('/ipvm/ask/1', stream => void stream.addEventListener('message', () => {}))
  const stream = await node.dialProtocol(multiaddr(network.addresses[0]), '/ipvm/ask/1')
  stream.send(frameBytes([word.hello, 0, new Uint8Array(0)]))
  await until(() => network.peers().length === 1)
  while (heard.length === 0) {
    await pubsub.publish('news', realWorld.random(4))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await pubsub.publish('news', realWorld.random(8))
  await until(() => network.setAside().length === 1)
  expect(network.setAside()[0]?.[0]).toBe(`/p2p/${node.peerId}`)
  await Promise.all([network.close(), node.stop()])
})
