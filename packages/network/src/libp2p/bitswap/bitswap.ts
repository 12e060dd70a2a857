import type { Block, CID } from '@ipvm/ipld'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { withDeadline } from '../../deadline.ts'
import type { Waiting } from '../../exchange.ts'
import { networkFailure, streamError } from '../../failure.ts'
import { blockWithin } from '../../limits.ts'
import type { Peer, PeerName } from '../../peer.ts'
import type { Host } from '../../transport.ts'
import { FrameError } from '../frames.ts'
import { bitswapProtocol, encodeMessage, type Message, type Want } from './message.ts'
import { Serving } from './serving.ts'
import { hashedBlocks, Wanting } from './wanting.ts'
import { readMessages, sendMessage } from './wire.ts'

const limits = { maxInboundStreams: 32, maxOutboundStreams: 32 }

/** One peer of bitswap: what it wants of us, and what we want of it. */
interface Other {
  readonly serving: Serving
  readonly wantings: Set<Wanting>
  /** How many blocks may still come that were asked for and called off. */
  late: number
}

/**
 * Bitswap 1.2, so that nodes of IPFS can fetch our blocks and we theirs. It gives what the host gives to that peer, and
 * takes only what was asked for, by its hash.
 */
export class Bitswap {
  readonly #node: Libp2p
  readonly #host: Host
  readonly #peerAt: (id: PeerId) => Peer
  readonly #others = new Map<string, Other>()

  constructor(node: Libp2p, host: Host, peerAt: (id: PeerId) => Peer) {
    this.#node = node
    this.#host = host
    this.#peerAt = peerAt
  }

  async start(): Promise<void> {
    await this.#node.handle(bitswapProtocol, (stream, connection) => this.#read(stream, connection), limits)
    this.#node.addEventListener('peer:disconnect', ({ detail }) => {
      const other = this.#others.get(`${detail}`)
      this.#others.delete(`${detail}`)
      for (const wanting of other?.wantings ?? []) wanting.lose()
    })
  }

  /** What a peer has of these blocks. Throws StreamError with a network failure where it breaks off. */
  async *ask(
    id: PeerId,
    cids: readonly CID[],
    name: PeerName,
    waiting: Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const other = this.#other(id)
    const wanting = new Wanting(cids)
    other.wantings.add(wanting)
    const send = (wants: readonly Want[]) => this.#send(id, one(encodeMessage({ wants })))
    try {
      for await (const item of wanting.blocks(send, waiting, this.#host.world)) {
        if (typeof item === 'string') throw streamError(networkFailure(item, name, { sent: true }))
        yield item
      }
    } finally {
      other.wantings.delete(wanting)
      const { open } = wanting
      other.late += open.length
      const wants = open.map(cid => ({ cid, kind: 'cancel', tellsLack: false }) as const)
      if (wants.length > 0) void send(wants).catch(() => undefined)
    }
  }

  async #read(stream: Stream, { remotePeer }: Connection): Promise<void> {
    const messages = readMessages(stream)
    // What is answered goes over a stream of its own.
    void stream.close().catch(() => undefined)
    try {
      for (;;) {
        const waiting = { within: blockWithin, signal: new AbortController().signal }
        const ended = await withDeadline(this.#host.world, waiting, () => messages.next())
        if ('late' in ended) throw new FrameError('Cut')
        if (ended.done.done) return
        if (!this.#host.welcomes(this.#peerAt(remotePeer))) throw new FrameError('Cut')
        this.#take(remotePeer, ended.done.value)
      }
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      if (thrown.problem === 'Garbage') this.#host.misbehaved(this.#peerAt(remotePeer), 'Garbage')
      stream.abort(new Error('no more messages are read'))
    }
  }

  #take(id: PeerId, message: Message): void {
    const other = this.#other(id)
    for (const [hash, bytes] of hashedBlocks(message)) {
      if ([...other.wantings].some(wanting => wanting.take(hash, bytes))) continue
      // It may have been on its way when it was called off; more than that nobody asked for.
      other.late -= 1
      if (other.late < 0) this.#host.misbehaved(this.#peerAt(id), 'UnwantedBlock')
    }
    for (const { cid, isThere } of message.presences) {
      if (!isThere) for (const wanting of other.wantings) wanting.lacks(cid)
    }
    other.serving.take(message.wants)
  }

  #other(id: PeerId): Other {
    const known = this.#others.get(`${id}`)
    if (known) return known
    const serving = new Serving({
      block: async cid => {
        const peer = this.#peerAt(id)
        return this.#host.welcomes(peer) ? this.#host.block(cid, peer) : undefined
      },
      send: messages => this.#send(id, messages),
      flooded: () => this.#host.misbehaved(this.#peerAt(id), 'Flood'),
    })
    const other = { serving, wantings: new Set<Wanting>(), late: 0 }
    this.#others.set(`${id}`, other)
    return other
  }

  /** Sends messages over a stream of their own. Throws where the peer is lost, or does not read for a while. */
  async #send(id: PeerId, messages: AsyncIterable<Uint8Array>): Promise<void> {
    const [connection] = this.#node.getConnections(id)
    if (!connection) throw new FrameError('Cut')
    let stream: Stream | undefined
    try {
      for await (const bytes of messages) {
        const opened = stream ?? (await connection.newStream(bitswapProtocol))
        stream = opened
        const waiting = { within: blockWithin, signal: new AbortController().signal }
        const ended = await withDeadline(this.#host.world, waiting, () => sendMessage(opened, bytes))
        if ('late' in ended) throw new FrameError('Cut')
      }
      await stream?.close()
    } catch (thrown) {
      stream?.abort(new Error('the messages could not be sent'))
      throw thrown
    }
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
