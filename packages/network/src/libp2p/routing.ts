import type { CID } from '@ipvm/ipld'
import type { Libp2p, Stream } from '@libp2p/interface'
import { kadDHT, passthroughMapper, type KadDHT, type KadDHTComponents } from '@libp2p/kad-dht'
import { addressesMax, providerRecordLife, providersMax } from '../limits.ts'
import { gated, type Gate } from './gate.ts'
import { overlay } from './overlay.ts'
import { Records } from './records.ts'

/** The name of our own DHT: no node of another network answers to it. */
const kadProtocol = '/ipvm/kad/1.0.0'

/**
 * A DHT of those who are admitted, under a name of its own, for records of who has what. It knows whom this node is
 * connected to and what they tell it, and asks nobody else.
 */
export function routing(gate: Gate): (components: KadDHTComponents) => KadDHT {
  const open = kadDHT({
    protocol: kadProtocol,
    clientMode: false,
    // Addresses of a private network are as good as others here; what may be dialled is the guard's to say.
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    providers: { provideValidity: providerRecordLife },
    reprovide: { validity: providerRecordLife, threshold: providerRecordLife / 2 },
    maxInboundStreams: 16,
    maxOutboundStreams: 32,
  })
  return components => {
    const datastore = new Records(`${components.peerId}`)
    const admitted = gated(components, gate, {
      stream: (stream, { remotePeer }) => paced(stream, bytes => gate.mayAskRoutes(remotePeer, bytes)),
    })
    return open(overlay(admitted, { datastore }))
  }
}

/** Ends a stream over which more comes than may. */
function paced(stream: Stream, mayCome: (bytes: number) => boolean): void {
  stream.addEventListener('message', ({ data }) => {
    if (!mayCome(data.byteLength)) stream.abort(new Error('too many questions'))
  })
}

/** Tells the DHT that something is to be had here. */
export async function provide(node: Libp2p, cid: CID, signal: AbortSignal): Promise<void> {
  await node.contentRouting.provide(cid, { signal })
}

/** Who tells the DHT to have something, as addresses that this node can dial; stops when there are enough. */
export async function findProviders(node: Libp2p, cid: CID, signal: AbortSignal): Promise<readonly string[]> {
  const found = new Set<string>()
  try {
    for await (const { id, multiaddrs } of node.contentRouting.findProviders(cid, { signal })) {
      if (node.peerId.equals(id)) continue
      const known = multiaddrs.slice(0, addressesMax)
      if (known.length > 0) await node.peerStore.merge(id, { multiaddrs: known })
      found.add(`/p2p/${id}`)
      if (found.size >= providersMax) break
    }
  } catch {
    // Called off, or nobody could be asked: what was found so far is found.
  }
  return [...found]
}
