import { error, ok, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { never, withDeadline } from '../deadline.ts'
import type { Answer, Body, RequestOptions, Waiting } from '../exchange.ts'
import { networkFailure, streamError, type NetworkFailure } from '../failure.ts'
import { blockStreamsPerPeerMax, connectWithin, reconnectWaits } from '../limits.ts'
import type { Peer, PeerName } from '../peer.ts'
import type { Host, OpenTransport, Transport } from '../transport.ts'
import { Bitswap } from './bitswap/bitswap.ts'
import { askBlocks, serveBlocks } from './blocks.ts'
import { Meetings, type MeetingOptions } from './meetings.ts'
import { createNode, type Libp2pNodeOptions, type Services } from './node.ts'
import { isAtRelay, Places } from './relay.ts'
import { findProviders, provide } from './routing.ts'
import type { Session } from './session.ts'

const blocksProtocol = '/ipvm/blocks/1'

/** Of what the transport over libp2p is made. */
export type Libp2pOptions = Libp2pNodeOptions & MeetingOptions

/**
 * The transport over libp2p. Each side keeps one stream for its requests to the other, blocks have streams of their own,
 * topics are gossip. Who was connected to by its address is dialled again when it is lost.
 */
export function libp2pTransport(options: Libp2pOptions = {}): OpenTransport {
  return async host => {
    const meetings = new Meetings(host, options)
    const places = new Places(host.world)
    const node = await createNode(options, meetings, places)
    const transport = new Libp2pTransport(host, node, { options, meetings, places })
    await transport.start()
    return transport
  }
}

interface Parts {
  readonly options: Libp2pOptions
  readonly meetings: Meetings
  readonly places: Places
}

class Libp2pTransport implements Transport {
  readonly name = 'libp2p'
  readonly #host: Host
  readonly #node: Libp2p<Services>
  readonly #options: Libp2pOptions
  readonly #meetings: Meetings
  readonly #places: Places
  readonly #bitswap: Bitswap
  /** Addresses that were connected to, and are again when they are lost. */
  readonly #kept = new Map<string, Session>()
  #isClosed = false

  constructor(host: Host, node: Libp2p<Services>, { options, meetings, places }: Parts) {
    this.#host = host
    this.#node = node
    this.#options = options
    this.#meetings = meetings
    this.#places = places
    this.#bitswap = new Bitswap(node, host, id => meetings.peerAt(id))
  }

  get addresses(): readonly string[] {
    return [...this.#node.getMultiaddrs().map(String), `/p2p/${this.#node.peerId}`]
  }

  async start(): Promise<void> {
    const node = this.#node
    const { listen = [], bootstrap = [], isBitswap = false } = this.#options
    const limits = { maxInboundStreams: blockStreamsPerPeerMax, maxOutboundStreams: blockStreamsPerPeerMax }
    await this.#meetings.start(node, id => this.#lost(id))
    const serve = (stream: Stream, connection: Connection) => this.#serve(stream, connection)
    await node.handle(blocksProtocol, serve, { ...limits, runOnLimitedConnection: true })
    if (isBitswap) await this.#bitswap.start()
    const started = Promise.withResolvers<void>()
    node.addEventListener('peer:discovery', ({ detail: { id } }) => {
      // A node that starts finds others before it can dial.
      if (!this.#meetings.isStranger(id)) void started.promise.then(() => node.dial(id)).catch(() => undefined)
    })
    await node.start()
    started.resolve()
    await Promise.all(listen.filter(isAtRelay).map(address => this.#places.keep(address)))
    for (const address of bootstrap) void this.#again(address, () => true)
  }

  dials(address: string): boolean {
    return parsed(address) !== undefined
  }

  async connect(address: string, waiting: Required<Waiting>): Promise<Result<Peer, NetworkFailure>> {
    const session = await this.#reach(address, waiting)
    if ('error' in session) return session
    this.#kept.set(address, session.ok)
    return ok(session.ok.peer)
  }

  disconnect(name: PeerName): void {
    for (const [address, { peer }] of this.#kept) if (peer.name === name) this.#kept.delete(address)
    for (const { peer, connection } of this.#meetings.sessions()) {
      if (peer.name === name) void this.#node.hangUp(connection.remotePeer).catch(() => undefined)
    }
  }

  async request(
    name: PeerName,
    body: Body,
    options: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const session = await this.#reach(name, options)
    if ('error' in session) return session
    const { asking } = session.ok
    if (!asking)
      return error(networkFailure('Unreachable', name, { message: `${name} gives blocks, and answers nothing` }))
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
    const { connection, isForBlocks } = session.ok
    if (isForBlocks) return yield* this.#bitswap.ask(connection.remotePeer, cids, name, waiting)
    const opened = await withDeadline(this.#host.world, waiting, signal =>
      connection.newStream(blocksProtocol, { signal, runOnLimitedConnection: true }).catch(() => undefined),
    )
    if ('late' in opened) throw streamError(networkFailure(opened.late, name))
    if (!opened.done) throw streamError(networkFailure('Cut', name))
    yield* askBlocks(opened.done, cids, name, waiting, this.#host.world)
  }

  async provide(cid: CID, waiting: Required<Waiting>): Promise<Result<Unit, NetworkFailure>> {
    if (this.#options.isRouting !== true) return error(noRouting)
    const ended = await withDeadline(this.#host.world, waiting, async signal => {
      try {
        await provide(this.#node, cid, signal)
        return true
      } catch {
        return false
      }
    })
    if ('late' in ended) return error(networkFailure(ended.late, undefined))
    return ended.done ? ok({}) : error(networkFailure('Unreachable', undefined))
  }

  async findProviders(cid: CID, waiting: Required<Waiting>): Promise<readonly string[]> {
    if (this.#options.isRouting !== true) return []
    const ended = await withDeadline(this.#host.world, waiting, signal => findProviders(this.#node, cid, signal))
    return 'done' in ended ? ended.done : []
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
      return this.#host.message(topic, data, this.#meetings.peerAt(source)) as Promise<never>
    })
    pubsub.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    const { pubsub } = this.#node.services
    pubsub.unsubscribe(topic)
    pubsub.topicValidators.delete(topic)
  }

  peers(): readonly Peer[] {
    return this.#meetings.sessions().map(({ peer }) => peer)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#kept.clear()
    this.#places.close()
    this.#meetings.close()
    await this.#node.stop()
  }

  /** The session with a peer, by its name or an address of it; dials where there is none. */
  async #reach(name: PeerName, waiting: Required<Waiting>): Promise<Result<Session, NetworkFailure>> {
    for (const session of this.#meetings.sessions()) {
      if (session.peer.name === name || session.peer.addresses.includes(name)) return ok(session)
    }
    const address = parsed(name)
    if (!address) return error(networkFailure('Unreachable', name))
    const ended = await withDeadline(this.#host.world, waiting, async signal => {
      try {
        const { remotePeer } = await this.#node.dial(address, { signal })
        const session = this.#meetings.at(remotePeer)
        await session?.there
        return session
      } catch {
        return undefined
      }
    })
    if ('late' in ended) return error(networkFailure(ended.late, name))
    if (ended.done?.isTold === true) return ok(ended.done)
    const isUnknown = ended.done?.isThere === true
    return error(isUnknown ? networkFailure('Refused', name, unknown(name)) : networkFailure('Unreachable', name))
  }

  async #serve(stream: Stream, { remotePeer }: Connection): Promise<void> {
    if (this.#meetings.isAdmitted(remotePeer)) await serveBlocks(stream, this.#meetings.peerAt(remotePeer), this.#host)
    else stream.abort(new Error('say who you are first'))
  }

  #lost(id: PeerId): void {
    for (const [address, kept] of this.#kept) {
      if (kept.connection.remotePeer.equals(id)) void this.#again(address, () => this.#kept.has(address))
    }
  }

  /** Dials an address until somebody is there. */
  async #again(address: string, isWanted: () => boolean): Promise<void> {
    const { world } = this.#host
    const [first, longest] = reconnectWaits
    for (let wait: number = first; !this.#isClosed && isWanted(); wait = Math.min(longest, wait * 2)) {
      const share = (world.random(1)[0] ?? 0) / 255
      await new Promise<void>(resolve => world.after(wait * (0.5 + share / 2), resolve))
      if (this.#isClosed) return
      if ('ok' in (await this.connect(address, { within: connectWithin, signal: never }))) return
    }
  }
}

const noRouting = networkFailure('Unreachable', undefined, {
  message: 'this node keeps no records of who has what; switch its DHT on',
})

function unknown(name: PeerName) {
  return {
    sent: true,
    message: `${name} has not proven to be one that this node deals with; see its DID and your peers`,
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
