import { ok } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { assertPeer, openNetwork, type Network } from '../index.ts'
import { echo, realWorld, text, until, words } from '../suite/harness.test-fixture.ts'
import { frameBytes } from './frames.ts'
import { libp2pTransport } from './index.ts'
import { recordOf } from './people.test-fixture.ts'
import { plainNode } from './plain.test-fixture.ts'
import { word } from './words.ts'

const listen = ['/ip4/127.0.0.1/tcp/0']
const addressOf = (network: Network) => network.addresses[0] ?? ''

async function openBob(isOpen = false): Promise<Network> {
  return openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ listen, record: recordOf('bob'), isOpen })],
    answer: echo,
  })
}

/** A node that speaks libp2p well, and our protocol as it likes. */
async function mallory(network: Network, bytes: Uint8Array) {
  const node = await plainNode()
  await node.handle('/ipvm/ask/1', stream => void stream.addEventListener('message', () => {}))
  const stream = await node.dialProtocol(multiaddr(addressOf(network)), '/ipvm/ask/1')
  stream.send(bytes)
  return { node, stream, name: `/p2p/${node.peerId}` }
}

const hello = frameBytes([word.hello, 0, new Uint8Array(0)])
const after = (...frames: readonly Uint8Array[]) => new Uint8Array(Buffer.concat([hello, ...frames]))

test.each<[string, Uint8Array]>([
  ['no hello first', frameBytes([word.ask, 1, 'container', 0, true, new Uint8Array(1)])],
  ['a frame of four gigabytes', Uint8Array.of(255, 255, 255, 255)],
  ['an empty frame', Uint8Array.of(0, 0, 0, 0)],
  ['no DAG-CBOR', Uint8Array.of(0, 0, 0, 2, 255, 255)],
  ['an unknown word', after(frameBytes([9, 1]))],
  ['an unknown kind of body', after(frameBytes([word.ask, 1, 'song', 0, true, new Uint8Array(1)]))],
  ['one number twice', after(...[1, 1].map(n => frameBytes([word.ask, n, 'container', 0, false, new Uint8Array(1)])))],
])('who says %s is cut off, and who does so again is set aside', async (_what, bytes) => {
  const network = await openBob(true)
  const names = new Set<string>()
  for (let turn = 0; turn < 3; turn++) {
    const { node, stream, name } = await mallory(network, bytes)
    await until(() => stream.status !== 'open')
    names.add(name)
    await node.stop()
  }
  const asker = await openNetwork({ world: realWorld, transports: [libp2pTransport({ record: recordOf('carol') })] })
  expect(words(await asker.request(addressOf(network), text('still there')))).toBe('still there')
  expect(network.setAside()).toMatchObject([[[...names][0], { why: 'Garbage' }]])
  await Promise.all([asker.close(), network.close()])
})

test('a record of somebody else, or of another place, makes nobody that one', async () => {
  const network = await openBob()
  const names: string[] = []
  network.watch(({ peer }) => names.push(peer.name))
  for (const record of [
    // Bob's own, for another peer id.
    async () =>
      (await assertPeer(['/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'], realWorld.now() + 60, carol))
        .bytes,
    async (peer: string) => (await assertPeer([peer], realWorld.now() - 600, alice)).bytes,
    async () => Uint8Array.of(1, 2, 3),
  ]) {
    const liar = await openNetwork({ world: realWorld, transports: [libp2pTransport({ record })] })
    await liar.connect(addressOf(network))
    await liar.close()
  }
  expect(names).toEqual([])
  const honest = await openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ record: recordOf('alice') })],
    answer: async ({ type }) => ok({ type, bytes: new TextEncoder().encode('from alice') }),
  })
  expect(await honest.connect(addressOf(network))).toMatchObject({ ok: { did: bob.did } })
  await until(() => names.includes(alice.did))
  // Who has dialled us can be asked as well.
  expect(words(await network.request(alice.did, text('x')))).toBe('from alice')
  await Promise.all([honest.close(), network.close()])
})

test('an address that the guard refuses is not dialled', async () => {
  const network = await openBob()
  const asked: string[] = []
  const mayDial = (address: string) => {
    asked.push(address)
    return false
  }
  const guarded = await openNetwork({ world: realWorld, transports: [libp2pTransport({ mayDial })] })
  expect(await guarded.connect(addressOf(network))).toMatchObject({ error: { name: 'Unreachable', sent: false } })
  expect(asked.length).toBeGreaterThan(0)
  await Promise.all([guarded.close(), network.close()])
})
