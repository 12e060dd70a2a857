import { error, ok, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { withDeadline } from '../deadline.ts'
import type { Answer, Body, RequestOptions, Waiting } from '../exchange.ts'
import { networkFailure, streamError, type NetworkFailure } from '../failure.ts'
import { blockStreamsPerPeerMax, connectWithin, reconnectWaits } from '../limits.ts'
import { readPeerRecord } from '../peer-record.ts'
import type { Peer, PeerName } from '../peer.ts'
import type { Host, OpenTransport, Transport } from '../transport.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import { askBlocks, serveBlocks } from './blocks.ts'
import { startLibp2p, type Libp2pNodeOptions, type Services } from './node.ts'
import { Session } from './session.ts'

const askProtocol = '/ipvm/ask/1'
const blocksProtocol = '/ipvm/blocks/1'

/** Of what the transport over libp2p is made. */
export interface Libp2pOptions extends Libp2pNodeOptions {
  /** The signed record of where this node is; it has to name the address `/p2p/` and the peer id (ADR 93). */
  readonly record?: (peerAddress: string) => Promise<Uint8Array>
}

/**
 * The transport over libp2p. Each side keeps one stream for its requests to the other, blocks have streams of their own,
 * topics are gossip. Who was connected to by its address is dialled again when it is lost.
 */
export function libp2pTransport(options: Libp2pOptions = {}): OpenTransport {
  return async host => {
    const transport = new Libp2pTransport(host, await startLibp2p(options), options)
    await transport.start()
    return transport
  }
}

class Libp2pTransport implements Transport {
  readonly name = 'libp2p'
  readonly #host: Host
  readonly #node: Libp2p<Services>
  readonly #options: Libp2pOptions
  readonly #sessions = new Map<string, Session>()
  /** Addresses that were connected to, and are again when they are lost. */
  readonly #kept = new Map<string, PeerId>()
  #isClosed = false

  constructor(host: Host, node: Libp2p<Services>, options: Libp2pOptions) {
    this.#host = host
    this.#node = node
    this.#options = options
  }

  get addresses(): readonly string[] {
    return [...this.#node.getMultiaddrs().map(String), `/p2p/${this.#node.peerId}`]
  }

  async start(): Promise<void> {
    const node = this.#node
    const limits = { maxInboundStreams: blockStreamsPerPeerMax, maxOutboundStreams: blockStreamsPerPeerMax }
    await node.handle(askProtocol, (stream, connection) => this.#answer(stream, connection), limits)
    await node.handle(blocksProtocol, (stream, connection) => this.#serve(stream, connection), limits)
    node.addEventListener('peer:connect', ({ detail }) => void this.#connected(detail))
    node.addEventListener('peer:disconnect', ({ detail }) => this.#lost(`${detail}`))
    node.addEventListener('peer:discovery', ({ detail }) => void node.dial(detail.id).catch(() => undefined))
  }

  dials(address: string): boolean {
    return parsed(address) !== undefined
  }

  async connect(address: string, waiting: Required<Waiting>): Promise<Result<Peer, NetworkFailure>> {
    const session = await this.#reach(address, waiting)
    if ('error' in session) return session
    this.#kept.set(address, session.ok.connection.remotePeer)
    return ok(session.ok.peer)
  }

  async request(
    name: PeerName,
    body: Body,
    options: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const session = await this.#reach(name, options)
    if ('error' in session) return session
    const { asking } = session.ok
    if (!asking) return error(networkFailure('Unreachable', name))
    const ended = await withDeadline(this.#host.world, options, signal => asking.request(body, options, signal))
    return 'done' in ended ? ended.done : error(networkFailure(ended.late, name, { sent: true }))
  }

  async *blocks(
    name: PeerName,
    cids: readonly CID[],
    waiting: Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const session = await this.#reach(name, waiting)
    if ('error' in session) throw streamError(session.error)
    const opened = await withDeadline(this.#host.world, waiting, signal =>
      session.ok.connection.newStream(blocksProtocol, { signal }).catch(() => undefined),
    )
    if ('late' in opened) throw streamError(networkFailure(opened.late, name))
    if (!opened.done) throw streamError(networkFailure('Cut', name))
    yield* askBlocks(opened.done, cids, name, waiting, this.#host.world)
  }

  async publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>> {
    try {
      await this.#node.services.pubsub.publish(topic, message)
      return ok({})
    } catch {
      return error(networkFailure('Unreachable', undefined))
    }
  }

  subscribe(topic: string): void {
    const { pubsub } = this.#node.services
    pubsub.topicValidators.set(topic, async (source, { data }) => {
      const from = this.#sessions.get(`${source}`)?.peer ?? { name: `/p2p/${source}`, addresses: [] }
      return this.#host.message(topic, data, from) as Promise<never>
    })
    pubsub.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    const { pubsub } = this.#node.services
    pubsub.unsubscribe(topic)
    pubsub.topicValidators.delete(topic)
  }

  peers(): readonly Peer[] {
    return [...this.#sessions.values()].filter(({ isThere }) => isThere).map(({ peer }) => peer)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#kept.clear()
    for (const session of this.#sessions.values()) session.end()
    await this.#node.stop()
  }

  /** The session with a peer, by its name or an address of it; dials where there is none. */
  async #reach(name: PeerName, waiting: Required<Waiting>): Promise<Result<Session, NetworkFailure>> {
    for (const session of this.#sessions.values()) {
      if (session.isThere && (session.peer.name === name || session.peer.addresses.includes(name))) return ok(session)
    }
    const address = parsed(name)
    if (!address) return error(networkFailure('Unreachable', name))
    const ended = await withDeadline(this.#host.world, waiting, async signal => {
      try {
        const { remotePeer } = await this.#node.dial(address, { signal })
        const session = this.#session(remotePeer)
        await session?.there
        return session?.isThere === true ? session : undefined
      } catch {
        return undefined
      }
    })
    if ('late' in ended) return error(networkFailure(ended.late, name))
    return ended.done ? ok(ended.done) : error(networkFailure('Unreachable', name))
  }

  #session(id: PeerId): Session | undefined {
    const known = this.#sessions.get(`${id}`)
    const [connection] = this.#node.getConnections(id)
    if (known || !connection) return known
    const session = new Session(connection)
    this.#sessions.set(`${id}`, session)
    return session
  }

  /** Opens our stream of requests, and says who we are. Who does not speak this protocol is none of ours. */
  async #connected(id: PeerId): Promise<void> {
    const session = this.#session(id)
    if (!session || session.asking) return
    try {
      const stream = await session.connection.newStream(askProtocol)
      const garbled = () => this.#host.misbehaved(session.peer, 'Garbage')
      const asking = new Asking(stream, () => session.peer.name, garbled)
      session.asking = asking
      const record = await this.#options.record?.(`/p2p/${this.#node.peerId}`)
      await asking.hello(record ?? new Uint8Array(0))
      if (session.half('open')) this.#host.came(session.peer)
      await asking.read()
      // The stream is lost, and so is the peer, though its connection may not know yet.
      await session.connection.close().catch(() => undefined)
    } catch {
      session.end()
    }
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const session = this.#session(connection.remotePeer)
    if (!session) return stream.abort(new Error('the connection is gone'))
    await new Answering(stream, this.#host, session.peer).read(async bytes => {
      const address = `/p2p/${connection.remotePeer}`
      const now = this.#host.world.now()
      const record = bytes.length > 0 ? await readPeerRecord(bytes, { now, address }) : undefined
      const { did, addresses } = record && 'ok' in record ? record.ok : { did: undefined, addresses: [] }
      const where = [...new Set([...addresses, `${connection.remoteAddr}`, address])]
      const peer = { name: did ?? address, addresses: where, ...(did !== undefined && { did }) }
      if (session.half('met', peer)) this.#host.came(peer)
      return peer
    })
  }

  async #serve(stream: Stream, connection: Connection): Promise<void> {
    const session = this.#session(connection.remotePeer)
    if (session?.isThere === true) await serveBlocks(stream, session.peer, this.#host)
    else stream.abort(new Error('say who you are first'))
  }

  #lost(id: string): void {
    const session = this.#sessions.get(id)
    this.#sessions.delete(id)
    if (!session) return
    const { isThere, peer } = session
    session.end()
    if (isThere) this.#host.went(peer)
    for (const [address, kept] of this.#kept) if (`${kept}` === id) void this.#again(address)
  }

  /** Dials an address until somebody is there. */
  async #again(address: string): Promise<void> {
    const { world } = this.#host
    const [first, longest] = reconnectWaits
    for (let wait: number = first; !this.#isClosed && this.#kept.has(address); wait = Math.min(longest, wait * 2)) {
      const share = (world.random(1)[0] ?? 0) / 255
      await new Promise<void>(resolve => world.after(wait * (0.5 + share / 2), resolve))
      if (this.#isClosed) return
      const waiting = { within: connectWithin, signal: new AbortController().signal }
      if ('ok' in (await this.#reach(address, waiting))) return
    }
  }
}

function parsed(address: string) {
  if (!address.startsWith('/')) return undefined
  try {
    return multiaddr(address)
  } catch {
    return undefined
  }
}
