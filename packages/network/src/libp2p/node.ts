import { sha256 } from '@ipvm/ipld/sha256'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { gossipsub, type GossipSub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import {
  libp2pConnectionsMax,
  libp2pInboundPerSecond,
  messageBytesMax,
  messagesWaitingMax,
  topicsPerPeerMax,
} from '../limits.ts'

/** How a node takes part in libp2p. */
export interface Libp2pNodeOptions {
  /** 32 bytes that the peer id comes from, to be kept; drawn anew where they are left out. */
  readonly seed?: Uint8Array
  /** Where to listen, such as `/ip4/0.0.0.0/tcp/4001`; nowhere, where it is left out. */
  readonly listen?: readonly string[]
  /** Where others reach this node, where that is another place than where it listens. */
  readonly announce?: readonly string[]
  /** Whether to look for others in the local network, and to be found there. Off, where it is left out. */
  readonly isLocal?: boolean
  /** Whether an address may be dialled: the egress guard's word. All of them, where it is left out. */
  readonly mayDial?: (address: string) => boolean | Promise<boolean>
}

/** What runs beside the connections. */
export type Services = { readonly pubsub: GossipSub; readonly identify: unknown }

/**
 * How much may be under way on one stream, bytes. What comes while a stream is paused is kept, up to 4 MiB, and more of
 * it resets the stream: so the window has to be below that, which by itself grows up to 16 MiB.
 */
const streamWindowMax = 2 * 1024 * 1024

const utf8 = new TextEncoder()

/**
 * A node of libp2p: TCP, noise, yamux, gossip. Private: it knows nobody, asks nobody who is there and is in no DHT,
 * unless it is told to look around in the local network.
 */
export async function startLibp2p(options: Libp2pNodeOptions): Promise<Libp2p<Services>> {
  const { seed, listen = [], announce = [], isLocal = false, mayDial } = options
  return createLibp2p({
    ...(seed && { privateKey: await generateKeyPairFromSeed('Ed25519', seed) }),
    addresses: { listen: [...listen], announce: [...announce] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({ streamOptions: { initialStreamWindowSize: streamWindowMax / 2, maxStreamWindowSize: streamWindowMax } }),
    ],
    connectionManager: {
      maxConnections: libp2pConnectionsMax,
      inboundConnectionThreshold: libp2pInboundPerSecond,
      // Who was connected is dialled again by ourselves, after waits of the world.
      reconnectRetries: 0,
    },
    connectionGater: { denyDialMultiaddr: async address => (mayDial ? !(await mayDial(`${address}`)) : false) },
    peerDiscovery: isLocal ? [mdns({ serviceTag: '_ipvm._udp.local' })] : [],
    services: {
      identify: identify(),
      pubsub: gossipsub({
        // What is said is signed for itself; a message is its bytes (ADR 92).
        globalSignaturePolicy: 'StrictNoSign',
        msgIdFn: ({ topic, data }) => messageId(topic, data),
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        emitSelf: false,
        floodPublish: true,
        maxInboundDataLength: messageBytesMax + 1024,
        maxTopicBytesPerPeer: topicsPerPeerMax * 2048,
        // A listener that is slow must not hold up the others.
        messageProcessingConcurrency: messagesWaitingMax,
      }),
    },
  })
}

/** Two topics with one message are two messages: the name and its length go before the bytes. */
function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = utf8.encode(`${topic.length} ${topic}`)
  const bytes = new Uint8Array(name.length + data.length)
  bytes.set(name)
  bytes.set(data, name.length)
  return sha256(bytes)
}
