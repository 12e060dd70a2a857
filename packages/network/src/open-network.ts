import { cidKey, error, ok, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import { Handling } from './handling.ts'
import type { Fetched, FetchFailure, FetchOptions } from './blocks/fetch.ts'
import { fetchWithProviders } from './blocks/providers.ts'
import type { BlockShelf } from './blocks/shelf.ts'
import { isVerifiable, verifiedBlocks } from './blocks/verified.ts'
import { Book } from './book.ts'
import { never } from './deadline.ts'
import type { Answer, BlocksOptions, Body, RequestOptions, Waiting } from './exchange.ts'
import { networkFailure, streamError, type NetworkFailure } from './failure.ts'
import { Ledger, type Misdeed, type SetAside } from './ledger.ts'
import {
  answerWithin,
  blockWithin,
  bodyBytesMax,
  connectWithin,
  messageBytesMax,
  providersMax,
  providersWithin,
  wantsMax,
} from './limits.ts'
import type { Network, NetworkOptions } from './network.ts'
import type { Peer, PeerChange, PeerName } from './peer.ts'
import { Topics, type Listener, type Subscription, type Verdict } from './topic/topics.ts'
import type { Host, Transport } from './transport.ts'

/** Starts a network over its transports. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const network = new Composite(options)
  for (const [number, open] of options.transports.entries()) network.add(await open(network.host(number)))
  return network
}

class Composite implements Network {
  readonly #options: NetworkOptions
  readonly #transports: Transport[] = []
  readonly #book = new Book()
  readonly #ledger: Ledger
  readonly #topics: Topics
  readonly #handling: Handling
  readonly #bodyBytesMax: number
  #isClosed = false

  constructor(options: NetworkOptions) {
    this.#options = options
    const { world, block = async () => undefined, answer = async () => error(notServed) } = options
    const { admitsBy = async () => false } = options
    const log = (line: string, cause?: unknown) => options.log?.(line, cause)
    this.#ledger = new Ledger(() => world.milliseconds())
    this.#bodyBytesMax = Math.min(options.bodyBytesMax ?? bodyBytesMax, bodyBytesMax)
    this.#handling = new Handling(world, { answer, block, admitsBy, bodyBytesMax: this.#bodyBytesMax }, log)
    this.#topics = new Topics({
      milliseconds: () => world.milliseconds(),
      changed: (topic, isSubscribed) => this.#changed(topic, isSubscribed),
      misbehaved: (peer, misdeed) => this.misbehaved(peer.name, misdeed),
      log,
    })
  }

  get addresses(): readonly string[] {
    return this.#transports.flatMap(transport => transport.addresses)
  }

  add(transport: Transport): void {
    this.#transports.push(transport)
    for (const topic of this.#topics.names()) transport.subscribe(topic)
  }

  /** What the transport of this number finds at home. */
  host(number: number): Host {
    return {
      world: this.#options.world,
      bodyBytesMax: this.#bodyBytesMax,
      answer: request => this.#handling.answer(request),
      block: (cid, peer) => this.#handling.block(cid, peer),
      welcomes: peer => !this.#isClosed && !this.#ledger.setAside(peer.name),
      admits: peer => this.#options.admits?.(peer) ?? true,
      admitsBy: (peer, proof) => this.#handling.admitsBy(peer, proof),
      mayHear: (topic, peer) => this.#options.mayHear?.(topic, peer) ?? true,
      message: (topic, bytes, from) => this.#heard(number, topic, bytes, from),
      came: peer => this.#book.came(number, peer),
      went: peer => this.#book.went(number, peer),
      misbehaved: (peer, misdeed) => this.misbehaved(peer.name, misdeed),
    }
  }

  async request(peer: PeerName, body: Body, options: RequestOptions = {}): Promise<Result<Answer, NetworkFailure>> {
    const asked = {
      within: answerWithin,
      signal: never,
      wait: 0,
      answerBytesMax: bodyBytesMax,
      ...options,
    }
    if (body.bytes.length > bodyBytesMax) return error(networkFailure('TooLarge', peer, { limit: bodyBytesMax }))
    return this.#along(peer, asked.signal, transport => transport.request(this.#nameIn(transport, peer), body, asked))
  }

  async *blocks(
    peer: PeerName,
    cids: readonly CID[],
    options: BlocksOptions = {},
  ): AsyncGenerator<Block, void, undefined> {
    const waiting = { within: blockWithin, signal: never, ...options }
    const names = new Map(cids.filter(isVerifiable).map(cid => [cidKey(cid), cid]))
    const wanted = [...names.values()].slice(0, wantsMax)
    const way = this.#way(peer)
    if ('error' in way) throw streamError(way.error)
    const name = this.#nameIn(way.ok, peer)
    const claimed = way.ok.blocks(name, wanted, waiting)
    const misbehaved = (misdeed: Misdeed) => this.misbehaved(this.#book.nameAt(peer), misdeed)
    yield* verifiedBlocks(claimed, wanted, { peer, misbehaved })
  }

  async fetch(root: CID, shelf: BlockShelf, options: FetchOptions = {}): Promise<Result<Fetched, FetchFailure>> {
    return fetchWithProviders(root, shelf, options, {
      peers: (options.peers ?? this.peers().map(({ name }) => name)).filter(name => this.#mayAsk(name)),
      blocksOf: (peer, cids, asking) => this.blocks(peer, cids, asking),
      findProviders: async (cid, waiting) => {
        const found = await this.findProviders(cid, waiting)
        return found.map(address => this.#book.nameAt(address)).filter(name => this.#mayAsk(name))
      },
    })
  }

  async provide(cid: CID, options: Waiting = {}): Promise<Result<Unit, NetworkFailure>> {
    if (this.#isClosed) return error(networkFailure('Closed', undefined))
    const waiting = { within: providersWithin, signal: never, ...options }
    const told = await Promise.all(this.#transports.map(transport => transport.provide?.(cid, waiting)))
    const results = told.filter(result => result !== undefined)
    return results.find(result => 'ok' in result) ?? results[0] ?? error(noRouting)
  }

  async findProviders(cid: CID, options: Waiting = {}): Promise<readonly string[]> {
    if (this.#isClosed) return []
    const waiting = { within: providersWithin, signal: never, ...options }
    const found = await Promise.all(this.#transports.map(transport => transport.findProviders?.(cid, waiting) ?? []))
    return [...new Set(found.flat())].slice(0, providersMax)
  }

  async publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>> {
    if (this.#isClosed) return error(networkFailure('Closed', undefined))
    if (message.length > messageBytesMax) {
      return error(networkFailure('TooLarge', undefined, { limit: messageBytesMax }))
    }
    this.#topics.sent(topic, message)
    const told = await Promise.all(this.#transports.map(transport => transport.publish(topic, message)))
    const failed = told.find(result => 'error' in result)
    return failed && told.every(result => 'error' in result) ? failed : ok({})
  }

  subscribe(topic: string, listener: Listener): Subscription {
    return this.#topics.subscribe(topic, listener)
  }

  async connect(address: string, options: Waiting = {}): Promise<Result<Peer, NetworkFailure>> {
    const waiting = { within: connectWithin, signal: never, ...options }
    return this.#along(address, waiting.signal, transport => transport.connect(address, waiting))
  }

  disconnect(peer: PeerName): void {
    const name = this.#book.nameAt(peer)
    for (const transport of this.#transports) transport.disconnect?.(name)
  }

  peers(): readonly Peer[] {
    return this.#book.peers()
  }

  watch(listener: (change: PeerChange) => void): () => void {
    return this.#book.watch(listener)
  }

  misbehaved(peer: PeerName, misdeed: Misdeed): void {
    if (this.#ledger.add(peer, misdeed)) this.#options.log?.(`${peer} is set aside for a while: ${misdeed}`)
  }

  setAside(): readonly (readonly [PeerName, SetAside])[] {
    return this.#ledger.list()
  }

  forgive(peer: PeerName): void {
    this.#ledger.forgive(peer)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all(this.#transports.map(transport => transport.close()))
  }

  /** The transport that leads to a peer, by its name or an address. */
  #way(peer: PeerName): Result<Transport, NetworkFailure> {
    if (this.#isClosed) return error(networkFailure('Closed', peer))
    const aside = this.#ledger.setAside(this.#book.nameAt(peer))
    if (aside) {
      const message = `${peer} is set aside for another ${Math.ceil(aside.remaining / 1000)} s, since it misbehaved: ${aside.why}`
      return error(networkFailure('SetAside', peer, { message, retryAfter: aside.remaining }))
    }
    const [known] = this.#book.ways(peer)
    const addresses = [peer, ...this.#book.addressesOf(peer)]
    const dials = (one: Transport) => addresses.some(address => one.dials(address))
    const transport = this.#transports[known ?? this.#transports.findIndex(dials)]
    return transport ? ok(transport) : error(networkFailure('NoSuchPeer', peer))
  }

  /** Does something over the best way to a peer, and over the next one where nothing of it has left. */
  async #along<T>(
    peer: PeerName,
    signal: AbortSignal,
    work: (transport: Transport) => Promise<Result<T, NetworkFailure>>,
  ): Promise<Result<T, NetworkFailure>> {
    const best = this.#way(peer)
    if ('error' in best) return best
    const others = this.#book.ways(peer).flatMap(number => this.#transports[number] ?? [])
    let failed: Result<T, NetworkFailure> = error(networkFailure('Unreachable', peer))
    for (const transport of new Set([best.ok, ...others])) {
      if (signal.aborted) return error(networkFailure('Aborted', peer))
      const result = await work(transport)
      if ('ok' in result || result.error.sent || result.error.name !== 'Unreachable') return result
      failed = result
    }
    return failed
  }

  /** What a transport calls a peer: an address, where the transport does not have it under its name now. */
  #nameIn(transport: Transport, peer: PeerName): PeerName {
    const name = this.#book.nameAt(peer)
    if (transport.peers().some(known => known.name === name)) return name
    return [peer, ...this.#book.addressesOf(peer)].find(address => transport.dials(address)) ?? peer
  }

  #mayAsk(name: PeerName): boolean {
    return !this.#ledger.setAside(this.#book.nameAt(name))
  }

  async #heard(number: number, topic: string, bytes: Uint8Array, from: Peer): Promise<Verdict> {
    if (this.#isClosed || this.#ledger.setAside(from.name)) return 'ignore'
    const verdict = await this.#topics.hear({ topic, bytes, from })
    if (verdict !== 'accept') return verdict
    const others = this.#transports.filter((_, other) => other !== number)
    await Promise.all(others.map(transport => transport.publish(topic, bytes)))
    return verdict
  }

  #changed(topic: string, isSubscribed: boolean): void {
    for (const transport of this.#transports) {
      if (isSubscribed) transport.subscribe(topic)
      else transport.unsubscribe(topic)
    }
  }
}

const notServed = { name: 'Refused', message: 'this node answers no requests', status: 404 } as const

const noRouting = networkFailure('Unreachable', undefined, {
  message: 'no transport of this network tells others who has what; open it over libp2p with its DHT',
})
