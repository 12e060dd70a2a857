// Some nodes that gossip, several of them in this process: `raw` is gossipsub on libp2p as it comes, whose messages nobody signs
// or looks at; `ours` is our network, whose listener verifies the receipt that it hears before it goes on to others.
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { nameOf } from '@ipvm/ipld'
import { openNetwork } from '@ipvm/network'
import { libp2pTransport } from '@ipvm/network/libp2p'
import { issueReceipt, readReceipt } from '@ipvm/ucan'
import { alice } from '@ipvm/testing'
import { answer } from './program.ts'
import { realWorld } from './world.ts'

const topic = 'bench/receipts'

/** One node among those that gossip. */
interface Gossiper {
  readonly address: string
  connect(address: string): Promise<unknown>
  publish(message: Uint8Array): Promise<unknown>
  /** How many others it knows to take part. */
  others(): number
  close(): Promise<void>
}

/** A clock that all processes of this machine share, milliseconds. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

const listen = ['/ip4/127.0.0.1/tcp/0']

async function openRaw(heard: () => void): Promise<Gossiper> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 50 },
    services: { identify: identify(), pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign' }) },
  })
  const { pubsub } = node.services
  pubsub.addEventListener('message', heard)
  pubsub.subscribe(topic)
  return {
    address: `${node.getMultiaddrs()[0]}`,
    connect: address => node.dial(multiaddr(address)),
    publish: message => pubsub.publish(topic, message),
    others: () => pubsub.getSubscribers(topic).length,
    close: async () => node.stop(),
  }
}

async function openOurs(heard: () => void): Promise<Gossiper> {
  const network = await openNetwork({ world: realWorld, transports: [libp2pTransport({ listen, isOpen: true })] })
  network.subscribe(topic, async ({ bytes }) => {
    const receipt = await readReceipt(bytes)
    if ('error' in receipt) return 'reject'
    heard()
    return 'accept'
  })
  return {
    address: network.addresses[0] ?? '',
    connect: address => network.connect(address),
    publish: message => network.publish(topic, message),
    others: () => network.peers().length,
    close: () => network.close(),
  }
}

const heardAt: number[] = []
const open = process.argv[2] === 'raw' ? openRaw : openOurs
const nodes: Gossiper[] = []

const handlers = {
  open: async (count: number) => {
    for (let n = 0; n < count; n++) nodes.push(await open(() => heardAt.push(clock())))
    return nodes.map(({ address }) => address)
  },
  connect: async ({ from, to }: { from: number; to: string }) => {
    await nodes[from]?.connect(to)
  },
  others: () => nodes.map(node => node.others()),
  /** A receipt that was never told before, by one of the nodes; when it was told. */
  publish: async ({ from, number }: { from: number; number: number }) => {
    const fields = { ran: nameOf(number), out: { ok: number }, profile: 'bench', exp: null }
    const { bytes } = await issueReceipt(fields, alice)
    const began = clock()
    await nodes[from]?.publish(bytes)
    return began
  },
  /** When messages were heard since the last time that this was asked. */
  heard: () => heardAt.splice(0),
}
export type Gossip = typeof handlers
answer(handlers)
