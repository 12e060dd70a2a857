import { sha256 } from '@ipvm/ipld/sha256'
import { gossipsub, type GossipSub, type GossipSubComponents } from '@libp2p/gossipsub'
import { messageBytesMax, messagesWaitingMax, topicsPerPeerMax } from '../limits.ts'
import { gated, type Gate } from './gate.ts'
import { heardBy } from './hearing.ts'
import { overlay } from './overlay.ts'

const utf8 = new TextEncoder()

/** Gossip among those who are admitted; what a peer may not hear is taken out of what is sent to it. */
export function gossip(gate: Gate): (components: GossipSubComponents) => GossipSub {
  const open = gossipsub({
    // What is said is signed for itself; a message is its bytes (ADR 92).
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: ({ topic, data }) => messageId(topic, data),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    floodPublish: true,
    runOnLimitedConnection: true,
    maxInboundDataLength: messageBytesMax + 1024,
    maxTopicBytesPerPeer: topicsPerPeerMax * 2048,
    // A listener that is slow must not hold up the others.
    messageProcessingConcurrency: messagesWaitingMax,
  })
  return components => {
    const heard = gated(components, gate, {
      connection: connection =>
        overlay(connection, {
          newStream: async (protocols, options) => {
            const stream = await connection.newStream(protocols, options)
            return heardBy(stream, topic => gate.mayHear(topic, connection.remotePeer))
          },
        }),
    })
    return open(heard)
  }
}

/** Two topics with one message are two messages: the name and its length go before the bytes. */
function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = utf8.encode(`${topic.length} ${topic}`)
  const bytes = new Uint8Array(name.length + data.length)
  bytes.set(name)
  bytes.set(data, name.length)
  return sha256(bytes)
}
