import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { GossipSub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { libp2pConnectionsMax, libp2pInboundPerSecond } from '../limits.ts'
import type { Gate } from './gate.ts'
import { gossip } from './gossip.ts'
import { isAtRelay, relayServer, type Places } from './relay.ts'
import { routing } from './routing.ts'

/** How a node takes part in libp2p. */
export interface Libp2pNodeOptions {
  /** 32 bytes that the peer id comes from, to be kept; drawn anew where they are left out. */
  readonly seed?: Uint8Array
  /**
   * Where to listen: `/ip4/0.0.0.0/tcp/4001`, `/ip4/0.0.0.0/tcp/4002/ws`, or at a relay, `…/p2p/ID/p2p-circuit`; nowhere,
   * where it is left out.
   */
  readonly listen?: readonly string[]
  /** Where others reach this node, where that is another place than where it listens. */
  readonly announce?: readonly string[]
  /** Whether to look for others in the local network, and to be found there. Off, where it is left out. */
  readonly isLocal?: boolean
  /** Whether those who are dealt with may reach each other through this node. Off, where it is left out. */
  readonly isRelay?: boolean
  /** Whether to keep and look up who has what, with those who are dealt with. Off, where it is left out. */
  readonly isRouting?: boolean
  /** Whether an address may be dialled: the egress guard's word. All of them, where it is left out. */
  readonly mayDial?: (address: string) => boolean | Promise<boolean>
}

/** What runs beside the connections. */
export type Services = { readonly pubsub: GossipSub; readonly identify: unknown; readonly ping: unknown }

/**
 * How much may be under way on one stream, bytes. What comes while a stream is paused is kept, up to 4 MiB, and more of
 * it resets the stream: so the window has to be below that, which by itself grows up to 16 MiB. What it begins with is
 * left as the protocol says, 256 KiB: it is taken for that of the other side, too, and nodes of IPFS end streams that
 * bring more.
 */
const streamWindowMax = 2 * 1024 * 1024

/**
 * A node of libp2p, not started: TCP, WebSockets and relays, noise, yamux, gossip. Private: it knows nobody, and asks
 * nobody who is there unless it is told to look around in the local network.
 */
export async function createNode(options: Libp2pNodeOptions, gate: Gate, places: Places): Promise<Libp2p<Services>> {
  const { seed, listen = [], announce = [], isLocal = false, isRelay = false, isRouting = false, mayDial } = options
  return createLibp2p({
    start: false,
    ...(seed && { privateKey: await generateKeyPairFromSeed('Ed25519', seed) }),
    addresses: { listen: listen.filter(address => !isAtRelay(address)), announce: [...announce] },
    transports: [tcp(), webSockets(), places.transport(gate)],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: streamWindowMax } })],
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
      ping: ping(),
      pubsub: gossip(gate),
      ...(isRouting && { routing: routing(gate) }),
      ...(isRelay && { relay: relayServer(gate) }),
    },
  })
}
