import { expect, test } from 'vitest'
import { openNetwork, type Network } from '../index.ts'
import { echo, realWorld, text, until, words, type Harness } from '../suite/harness.test-fixture.ts'
import { transportSuite } from '../suite/suite.test-fixture.ts'
import { Cable, freePort } from './cable.test-fixture.ts'
import { libp2pTransport } from './index.ts'
import { recordOf } from './people.test-fixture.ts'

const seed = new Uint8Array(32).fill(7)

/** Dave's relay, as Dave starts it. */
function openRelay(port: number, isRelay = true): Promise<Network> {
  const listen = [`/ip4/127.0.0.1/tcp/${port}`]
  return openNetwork({
    world: realWorld,
    transports: [libp2pTransport({ seed, listen, isRelay, record: recordOf('dave') })],
  })
}

/** The peer id of the relay. */
async function relayId(): Promise<string> {
  const relay = await openRelay(await freePort())
  await relay.close()
  return relay.addresses.at(-1) ?? ''
}

/** Bob is reached through Dave's relay only, to which he has a cable. */
async function makeHarness(): Promise<Harness> {
  const port = await freePort()
  const relay = await openRelay(port)
  const cable = new Cable(port)
  await cable.plug()
  const id = relay.addresses.at(-1) ?? ''
  const bobSeed = new Uint8Array(32).fill(8)
  const bobId = '/p2p/12D3KooWB8sCGZCrwr79HtabLAn95qyPQx6RYHXjEbiD6QKou7ww'
  const bobAddress = `/ip4/127.0.0.1/tcp/${port}${id}/p2p-circuit${bobId}`
  return {
    open: name =>
      name === 'bob'
        ? libp2pTransport({
            record: recordOf('bob'),
            seed: bobSeed,
            listen: [`/ip4/127.0.0.1/tcp/${cable.port}${id}/p2p-circuit`],
          })
        : libp2pTransport({ record: recordOf(name) }),
    bob: bobAddress,
    nobody: `/ip4/127.0.0.1/tcp/${port}${id}/p2p-circuit/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo`,
    vanish: () => cable.unplug(),
    comeBack: async () => {
      await cable.plug()
      // Bob looks after his place at the relay; the stories go on when he has it again.
      const probe = await openNetwork({ world: realWorld, transports: [libp2pTransport({ record: recordOf('dave') })] })
      while (!('ok' in (await probe.connect(bobAddress)))) await new Promise(resolve => setTimeout(resolve, 50))
      await probe.close()
    },
    close: async () => {
      await cable.unplug()
      await relay.close()
    },
  }
}

transportSuite('a transport over libp2p and a relay', makeHarness)

test('a relay that dies and comes back has its guests again', async () => {
  const [port, id] = [await freePort(), await relayId()]
  const at = `/ip4/127.0.0.1/tcp/${port}${id}`
  const bob = await openNetwork({
    world: realWorld,
    // Bob starts before the relay is there.
    transports: [libp2pTransport({ record: recordOf('bob'), listen: [`${at}/p2p-circuit`] })],
    answer: echo,
  })
  const address = `${at}/p2p-circuit${bob.addresses.at(-1)}`
  for (let turn = 0; turn < 2; turn++) {
    const relay = await openRelay(port)
    await until(() => bob.addresses.some(one => one.includes('/p2p-circuit')))
    const alice = await openNetwork({ world: realWorld, transports: [libp2pTransport({ record: recordOf('alice') })] })
    expect(words(await alice.request(address, text('through')))).toBe('through')
    await alice.close()
    await relay.close()
    await until(() => !bob.addresses.some(one => one.includes('/p2p-circuit')))
  }
  await bob.close()
})

test('who is no relay relays nothing, and a relay only those whom it deals with', async () => {
  const [port, id] = [await freePort(), await relayId()]
  const at = `/ip4/127.0.0.1/tcp/${port}${id}`
  const none = await openRelay(port, false)
  const open = (name: 'alice' | 'bob', record: boolean) =>
    openNetwork({
      world: realWorld,
      transports: [
        libp2pTransport({
          ...(record && { record: recordOf(name) }),
          ...(name === 'bob' && { listen: [`${at}/p2p-circuit`] }),
        }),
      ],
      answer: echo,
    })
  const bob = await open('bob', true)
  expect(bob.addresses.filter(one => one.includes('/p2p-circuit'))).toEqual([])
  await none.close()
  const relay = await openRelay(port)
  await until(() => bob.addresses.some(one => one.includes('/p2p-circuit')))
  // Without a record the relay does not know her.
  const stranger = await open('alice', false)
  expect(words(await stranger.request(`${at}/p2p-circuit${bob.addresses.at(-1)}`, text('x')))).toBe('Unreachable')
  await Promise.all([bob, relay, stranger].map(one => one.close()))
})
