import { error, ok, StreamError, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import {
  networkFailure,
  type Answer,
  type BlocksOptions,
  type Body,
  type Host,
  type NetworkFailure,
  type OpenTransport,
  type Peer,
  type PeerName,
  type RequestOptions,
  type Transport,
  type Waiting,
} from '@ipvm/network'
import { openLibp2p, type Libp2pParts } from './libp2p.ts'

/** libp2p that listens nowhere, and is not to be found. */
export const dialOnly = {
  ...{ listen: [], announce: [], bootstrap: [] },
  ...{ mdns: false, relay: false, dht: false, bitswap: false },
}

/**
 * libp2p for a node whose config says nothing of it, and whose peers may be there alone (ADR 111): its packages are loaded
 * when an address of it is first to be dialled, and it goes to others only.
 */
export function dialOnlyLibp2p(parts: Omit<Libp2pParts, 'config'>): OpenTransport {
  return host => new DialOnlyLibp2p(parts, host)
}

class DialOnlyLibp2p implements Transport {
  readonly name = 'libp2p'
  readonly addresses: readonly string[] = []
  readonly #parts: Omit<Libp2pParts, 'config'>
  readonly #host: Host
  readonly #topics = new Set<string>()
  #opening: Promise<Result<Transport, NetworkFailure>> | undefined
  #opened: Transport | undefined
  #isClosed = false

  constructor(parts: Omit<Libp2pParts, 'config'>, host: Host) {
    this.#parts = parts
    this.#host = host
  }

  /** A peer id alone leads nowhere without a DHT. */
  dials(address: string): boolean {
    return this.#opened?.dials(address) ?? /^\/(?:ip4|ip6|dns|dns4|dns6|dnsaddr)\//.test(address)
  }

  async connect(address: string, waiting: Required<Waiting>): Promise<Result<Peer, NetworkFailure>> {
    const opened = await this.#open()
    return 'error' in opened ? opened : opened.ok.connect(address, waiting)
  }

  async request(
    peer: PeerName,
    body: Body,
    options: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const opened = await this.#open()
    return 'error' in opened ? opened : opened.ok.request(peer, body, options)
  }

  async *blocks(
    peer: PeerName,
    cids: readonly CID[],
    options: BlocksOptions & Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const opened = await this.#open()
    if ('error' in opened) throw new StreamError(opened.error)
    yield* opened.ok.blocks(peer, cids, options)
  }

  async publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>> {
    return this.#opened?.publish(topic, message) ?? error(networkFailure('Unreachable', undefined))
  }

  subscribe(topic: string): void {
    this.#topics.add(topic)
    this.#opened?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic)
    this.#opened?.unsubscribe(topic)
  }

  peers(): readonly Peer[] {
    return this.#opened?.peers() ?? []
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#opening
    await this.#opened?.close()
  }

  #open(): Promise<Result<Transport, NetworkFailure>> {
    this.#opening ??= this.#start()
    return this.#opening
  }

  async #start(): Promise<Result<Transport, NetworkFailure>> {
    if (this.#isClosed) return error(networkFailure('Closed', undefined))
    const open = await openLibp2p({ ...this.#parts, config: dialOnly })
    if ('error' in open) {
      // It may be mended while this node is up.
      this.#opening = undefined
      return error(networkFailure('Unreachable', undefined, { message: open.error.message }))
    }
    this.#opened = await open.ok(this.#host)
    for (const topic of this.#topics) this.#opened.subscribe(topic)
    return ok(this.#opened)
  }
}
