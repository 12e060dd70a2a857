import { cidKey, error, ok, StreamError, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import { never, withDeadline } from '../deadline.ts'
import type { Answer, BlocksOptions, Body, RequestOptions, Waiting } from '../exchange.ts'
import { networkFailure, networkFailureOf, streamError, type NetworkFailure } from '../failure.ts'
import { answerWithin, blocksAtOnce } from '../limits.ts'
import type { Peer, PeerName } from '../peer.ts'
import type { Verdict } from '../topic/topics.ts'
import type { Host, OpenTransport, Transport } from '../transport.ts'
import { toBase64 } from './base64.ts'
import { BodyError } from './body.ts'
import { httpAddress } from './client/address.ts'
import { Connection } from './client/connection.ts'
import { platformFetch, type Fetch } from './client/fetcher.ts'
import { Remote, type Authorise } from './client/remote.ts'

/** The serving half of the transport, which one that only asks can leave out. */
export interface ServerSide {
  /** Tells those who listen, but for one session. */
  tell(topic: string, bytes: Uint8Array): void
  /** Who listens. */
  peers(): readonly Peer[]
  /** By what one of them is asked, its name being its address; undefined where it only asks. */
  fetchOf(peer: PeerName): Fetch | undefined
  /** Answers what a peer asks by the stream that this node holds. */
  answer(request: Request, from: Peer): Promise<Response>
  /** Ends what a peer listens to. */
  disconnect(peer: PeerName): void
  close(): void
}

/** Starts the serving half (`httpServer`). */
export type StartServer = (context: {
  readonly host: Host
  /** A message that came in; what is accepted goes on to the others. */
  readonly message: (topic: string, bytes: Uint8Array, from: Peer) => Promise<Verdict>
}) => ServerSide

/** Of what the transport over HTTP is made. */
export interface HttpTransportOptions {
  /** How others are asked; a node's goes through the egress guard. */
  readonly fetch?: Fetch
  readonly authorise?: Authorise
  /** Where others reach this node; none where it only asks. A function, where that may change. */
  readonly addresses?: readonly string[] | (() => readonly string[])
  /** What is served; nothing, where the node only asks. */
  readonly server?: StartServer
}

/**
 * The transport over HTTP. A peer is asked by its address; with those that it has connected to it keeps an event stream,
 * by which both know that the other is there, and hears their topics. Who has come without an address, and has proven a
 * name, is asked by the stream that it holds (ADR 136).
 */
export function httpTransport(options: HttpTransportOptions = {}): OpenTransport {
  return host => new HttpTransport(host, options)
}

class HttpTransport implements Transport {
  readonly name = 'http'
  readonly #host: Host
  readonly #options: HttpTransportOptions
  readonly #session: string
  readonly #server: ServerSide | undefined
  readonly #connections = new Map<string, Connection>()
  readonly #topics = new Set<string>()
  readonly #closing = new AbortController()

  constructor(host: Host, options: HttpTransportOptions) {
    this.#host = host
    this.#options = options
    this.#session = toBase64(host.world.random(12))
    this.#server = options.server?.({ host, message: (topic, bytes, from) => this.#message(topic, bytes, from) })
  }

  get addresses(): readonly string[] {
    const { addresses = [] } = this.#options
    return (typeof addresses === 'function' ? addresses() : addresses).map(address => httpAddress(address) ?? address)
  }

  dials(address: string): boolean {
    return httpAddress(address) !== undefined
  }

  async connect(text: string, waiting: Required<Waiting>): Promise<Result<Peer, NetworkFailure>> {
    const address = httpAddress(text)
    if (address === undefined) return error(networkFailure('NoSuchPeer', text))
    const known = this.#connections.get(address)
    if (known) return known.isThere ? ok(known.peer) : error(networkFailure('Unreachable', text))
    const { world } = this.#host
    const server = this.#server
    const connection = new Connection(this.#remoteAt(address), {
      world,
      topics: () => [...this.#topics],
      came: peer => this.#host.came(peer),
      went: peer => this.#host.went(peer),
      misbehaved: (peer, misdeed) => this.#host.misbehaved(peer, misdeed),
      message: (topic, bytes, from) => void this.#message(topic, bytes, from, connection),
      answer: server && ((request, from) => server.answer(request, from)),
    })
    this.#connections.set(address, connection)
    const met = await connection.start(waiting)
    if ('error' in met) this.#connections.delete(address)
    return met
  }

  disconnect(name: PeerName): void {
    for (const [address, connection] of this.#connections) {
      if (connection.peer.name !== name) continue
      this.#connections.delete(address)
      connection.close()
    }
    this.#server?.disconnect(name)
  }

  async request(
    name: PeerName,
    body: Body,
    options: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const remote = this.#remote(name)
    if (!remote) return error(networkFailure('Unreachable', name, { message: `${name} can ask, and not be asked` }))
    const answer = await remote.request(body, { ...options, signal: this.#untilClosed(options.signal) })
    return 'error' in answer ? error({ ...answer.error, peer: name }) : answer
  }

  /** What is below a node in one stream, as far as that goes; the rest, and anything else, one by one. */
  async *blocks(
    name: PeerName,
    cids: readonly CID[],
    { within, signal, below }: BlocksOptions & Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const remote = this.#remote(name)
    if (!remote) throw streamError(networkFailure('Unreachable', name, { message: `${name} has no address` }))
    const controller = new AbortController()
    const waiting = { within, signal: AbortSignal.any([this.#untilClosed(signal), controller.signal]) }
    const left = new Map(cids.map(cid => [cidKey(cid), cid]))
    try {
      // Who is asked by the stream that it holds brings whole answers, of blocks alone.
      if (below && httpAddress(remote.address) !== undefined) yield* this.#streamed(remote, below, left, waiting)
      yield* oneByOne(remote, [...left.values()], waiting)
    } catch (thrown) {
      throw thrown instanceof StreamError ? streamError({ ...networkFailureOf(thrown), peer: name }) : thrown
    } finally {
      controller.abort()
    }
  }

  /** All below a node until the stream ends, however it does. Who is too slow with the next one is waited for no more. */
  async *#streamed(
    remote: Remote,
    below: CID,
    left: Map<string, CID>,
    waiting: Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const blocks = remote.dag(below, waiting.signal)
    let last: Block | undefined
    for (let isFirst = true; !last; isFirst = false) {
      const next = await this.#next(remote, blocks, waiting)
      if (!next) return
      // The node itself comes along, and is here.
      if (isFirst && next.cid.equals(below)) continue
      left.delete(cidKey(next.cid))
      if (left.size === 0) last = next
      else yield next
    }
    // Nobody reads on after the last one: its connection is kept only where the stream was read to its end.
    await this.#next(remote, blocks, waiting)
    yield last
  }

  async #next(
    { address }: Remote,
    blocks: AsyncIterator<Block, void>,
    waiting: Required<Waiting>,
  ): Promise<Block | undefined> {
    const ended = await withDeadline(this.#host.world, waiting, () => blocks.next().catch(cutOff))
    if ('late' in ended) throw streamError(networkFailure(ended.late, address, { sent: true }))
    return ended.done?.done === false ? ended.done.value : undefined
  }

  async publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>> {
    this.#server?.tell(topic, message)
    const told = await this.#tellConnected(topic, message)
    const failed = told.find(result => 'error' in result)
    return failed && told.every(result => 'error' in result) ? failed : ok({})
  }

  subscribe(topic: string): void {
    this.#topics.add(topic)
    for (const connection of this.#connections.values()) connection.renew()
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic)
    for (const connection of this.#connections.values()) connection.renew()
  }

  peers(): readonly Peer[] {
    const connected = [...this.#connections.values()].filter(({ isThere }) => isThere).map(({ peer }) => peer)
    return [...connected, ...(this.#server?.peers() ?? [])]
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#server?.close()
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  /** A message that came in, from one of our readers or from a connection; what is accepted goes on to the others. */
  async #message(topic: string, bytes: Uint8Array, from: Peer, origin?: Connection): Promise<Verdict> {
    const verdict = await this.#host.message(topic, bytes, from)
    if (verdict !== 'accept') return verdict
    if (origin) this.#server?.tell(topic, bytes)
    await this.#tellConnected(topic, bytes, origin)
    return verdict
  }

  #tellConnected(
    topic: string,
    bytes: Uint8Array,
    except?: Connection,
  ): Promise<readonly Result<undefined, NetworkFailure>[]> {
    const others = [...this.#connections.values()].filter(
      one => one !== except && one.isThere && this.#host.mayHear(topic, one.peer),
    )
    const waiting = { within: answerWithin, signal: this.#closing.signal }
    return Promise.all(others.map(({ remote }) => remote.say(topic, bytes, waiting)))
  }

  /** How a peer is asked, by its name or its address. */
  #remote(name: PeerName): Remote | undefined {
    for (const { peer, remote } of this.#connections.values()) if (peer.name === name) return remote
    const address = httpAddress(name)
    if (address !== undefined) return this.#remoteAt(address)
    const fetch = this.#server?.fetchOf(name)
    return fetch && this.#remoteAt(name, fetch)
  }

  #remoteAt(address: string, fetch = this.#options.fetch ?? platformFetch): Remote {
    const { authorise } = this.#options
    return new Remote(address, { world: this.#host.world, fetch, session: this.#session, authorise })
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return signal === never ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
  }
}

/** As many at once as go side by side, in their order; the next ones when their reader comes to them. */
async function* oneByOne(
  remote: Remote,
  cids: readonly CID[],
  waiting: Required<Waiting>,
): AsyncGenerator<Block, void, undefined> {
  const ask = (cid: CID) => remote.block(cid, waiting)
  const underWay = cids.slice(0, blocksAtOnce).map(ask)
  for (const [at, cid] of cids.entries()) {
    const bytes = await underWay.shift()
    if (bytes && 'error' in bytes) throw streamError(bytes.error)
    if (bytes?.ok) yield { cid, bytes: bytes.ok }
    const next = cids[at + blocksAtOnce]
    if (next) underWay.push(ask(next))
  }
}

/** Why does not matter: what did not come is asked for by its name, and who is gone will not answer that either. */
function cutOff(thrown: unknown): undefined {
  if (!(thrown instanceof StreamError || thrown instanceof BodyError)) throw thrown
}
