import { cidKey, error, ok, type Block, type CID, type Result, type Unit } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'
import { withDeadline } from '../deadline.ts'
import type { Answer, Body, RequestOptions, Waiting } from '../exchange.ts'
import { networkFailure, streamError, type NetworkFailure } from '../failure.ts'
import { providersMax } from '../limits.ts'
import type { Peer, PeerName } from '../peer.ts'
import type { Host, OpenTransport, Transport } from '../transport.ts'
import { carried, fateOf, happens } from './faults.ts'
import { MemoryHub, type MemoryEnd, type MemoryHubOptions } from './hub.ts'

/** Who one is in a network in memory. */
export interface MemoryIdentity {
  /** The address is `memory:` and this. */
  readonly name: string
  /** A DID that counts as proven. */
  readonly did?: Did
}

/** A network in memory, to which transports are opened. */
export type MemoryNetwork = MemoryHub<MemoryTransport>

/** A network in memory with nobody in it. */
export function memoryHub(options: MemoryHubOptions): MemoryNetwork {
  return new MemoryHub(options)
}

/** A transport of a network in memory. */
export function memoryTransport(hub: MemoryNetwork, identity: MemoryIdentity): OpenTransport {
  return host => {
    const transport = new MemoryTransport(hub, identity, host)
    hub.enter(transport)
    return transport
  }
}

/** One end in a network in memory. */
class MemoryTransport implements Transport, MemoryEnd {
  readonly name = 'memory'
  readonly addresses: readonly string[]
  /** This end, as the others see it. */
  readonly peer: Peer
  readonly #hub: MemoryNetwork
  readonly #host: Host
  readonly #topics = new Set<string>()
  readonly #seen = new Map<PeerName, Peer>()
  /** Aborted when others stop to see this end: what is under way to them breaks off. */
  readonly #lost = new Map<PeerName, AbortController>()

  constructor(hub: MemoryNetwork, { name, did }: MemoryIdentity, host: Host) {
    this.#hub = hub
    this.#host = host
    this.addresses = [`memory:${name}`]
    this.peer = { name: did ?? `memory:${name}`, addresses: this.addresses, ...(did !== undefined && { did }) }
  }

  dials(address: string): boolean {
    return address.startsWith('memory:')
  }

  async connect(address: string): Promise<Result<Peer, NetworkFailure>> {
    const other = this.#reach(address)
    return other ? ok(other.peer) : error(networkFailure('Unreachable', address))
  }

  async request(
    name: PeerName,
    body: Body,
    options: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const other = this.#reach(name)
    if (!other) return error(networkFailure('Unreachable', name))
    const ended = await withDeadline(this.#host.world, options, signal => this.#exchanged(other, body, options, signal))
    return 'done' in ended ? ended.done : error(networkFailure(ended.late, name, { sent: true }))
  }

  async *blocks(
    name: PeerName,
    cids: readonly CID[],
    waiting: Required<Waiting>,
  ): AsyncGenerator<Block, void, undefined> {
    const other = this.#reach(name)
    if (!other) throw streamError(networkFailure('Unreachable', name))
    for (const cid of cids) {
      const ended = await withDeadline(this.#host.world, waiting, signal => this.#block(other, cid, signal))
      if ('late' in ended) throw streamError(networkFailure(ended.late, name, { sent: true }))
      if (ended.done === 'Cut') throw streamError(networkFailure('Cut', name, { sent: true }))
      if (ended.done) yield { cid, bytes: ended.done }
    }
  }

  async publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>> {
    for (const other of this.#hub.others(this)) {
      if (!this.#hub.joins(this, other) || !other.#topics.has(topic)) continue
      if (!this.#host.admits(other.peer) || !this.#host.mayHear(topic, other.peer)) continue
      const { isLost, delays } = fateOf(this.#hub.faults, this.#hub.random)
      if (isLost) continue
      for (const delay of delays) {
        const bytes = carried(message, this.#hub.faults, this.#hub.random)
        this.#later(delay, () => other.#hear(topic, bytes, this))
      }
    }
    return ok({})
  }

  subscribe(topic: string): void {
    this.#topics.add(topic)
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic)
  }

  peers(): readonly Peer[] {
    return [...this.#seen.values()]
  }

  async provide(cid: CID): Promise<Result<Unit, NetworkFailure>> {
    this.#hub.provide(cidKey(cid), this)
    return ok({})
  }

  async findProviders(cid: CID): Promise<readonly string[]> {
    const others = this.#hub.providers(cidKey(cid)).filter(other => other !== this && this.#hub.joins(this, other))
    return others.flatMap(({ addresses }) => addresses).slice(0, providersMax)
  }

  async close(): Promise<void> {
    this.#hub.leave(this)
    this.look()
  }

  /** Sees who is there now. The hub says when to look. */
  look(): void {
    const there = new Map(
      this.#hub
        .others(this)
        .filter(other => this.#hub.joins(this, other))
        .map(({ peer }) => [peer.name, peer] as const),
    )
    for (const [name, peer] of [...this.#seen]) {
      if (there.get(name) === peer) continue
      this.#seen.delete(name)
      this.#lost.get(name)?.abort()
      this.#lost.delete(name)
      this.#host.went(peer)
    }
    for (const [name, peer] of there) {
      if (this.#seen.has(name)) continue
      this.#seen.set(name, peer)
      this.#host.came(peer)
    }
  }

  #reach(name: PeerName): MemoryTransport | undefined {
    const other = this.#hub.find(name)
    return other && this.#hub.joins(this, other) ? other : undefined
  }

  /** A request and its answer, each of which may be lost; then only the asker's patience ends it. */
  async #exchanged(
    other: MemoryTransport,
    body: Body,
    { wait, answerBytesMax }: Required<RequestOptions>,
    signal: AbortSignal,
  ): Promise<Result<Answer, NetworkFailure>> {
    const { name } = other.peer
    const there = fateOf(this.#hub.faults, this.#hub.random)
    const hang = new Promise<never>(() => {})
    if (there.isLost) return hang
    const answers = there.delays.map(async delay => {
      await this.#travel(delay)
      const bytes = carried(body.bytes, this.#hub.faults, this.#hub.random)
      return other.#answer({ type: body.type, bytes }, this, wait, signal)
    })
    const answer = await this.#orLost(name, Promise.race(answers))
    if (answer === 'Cut') return error(networkFailure('Cut', name, { sent: true }))
    const back = fateOf(this.#hub.faults, this.#hub.random)
    if (back.isLost) return hang
    const arrived = await this.#orLost(name, this.#travel(back.delays[0] ?? 0))
    if (arrived === 'Cut') return error(networkFailure('Cut', name, { sent: true }))
    if ('error' in answer) return answer
    if (answer.ok.bytes.length > answerBytesMax) {
      return error(networkFailure('TooLarge', name, { sent: true, limit: answerBytesMax }))
    }
    return ok({ ...answer.ok, bytes: carried(answer.ok.bytes, this.#hub.faults, this.#hub.random) })
  }

  async #answer(
    body: Body,
    from: MemoryTransport,
    wait: number,
    signal: AbortSignal,
  ): Promise<Result<Answer, NetworkFailure>> {
    const { name } = this.peer
    if (!this.#host.welcomes(from.peer)) {
      return error(networkFailure('Refused', name, { sent: true, message: `${name} has set this node aside` }))
    }
    if (!this.#host.admits(from.peer)) {
      return error(networkFailure('Refused', name, { sent: true, message: `${name} does not deal with this node` }))
    }
    const answer = await this.#host.answer({ ...body, from: from.peer, wait, signal })
    if ('ok' in answer) return answer
    const { name: problem, message, retryAfter, reason } = answer.error
    const more = { sent: true, message, ...(retryAfter !== undefined && { retryAfter }), ...(reason && { reason }) }
    return error(networkFailure(problem, name, more))
  }

  async #block(other: MemoryTransport, cid: CID, signal: AbortSignal): Promise<Uint8Array | undefined | 'Cut'> {
    const { faults, random } = this.#hub
    const { name } = other.peer
    if (!this.#seen.has(name) || happens(faults.cut, random)) return 'Cut'
    const fate = fateOf(faults, random)
    if (fate.isLost) return new Promise<never>(() => {})
    const gone = await this.#orLost(name, this.#travel(fate.delays[0] ?? 0))
    if (gone === 'Cut' || signal.aborted) return 'Cut'
    if (!other.#host.welcomes(this.peer) || !other.#host.admits(this.peer)) return undefined
    const bytes = await this.#orLost(name, other.#host.block(cid, this.peer))
    return bytes instanceof Uint8Array ? carried(bytes, faults, random) : bytes
  }

  async #hear(topic: string, bytes: Uint8Array, from: MemoryTransport): Promise<void> {
    if (!this.#hub.joins(this, from) || !this.#topics.has(topic)) return
    if (this.#host.welcomes(from.peer) && this.#host.admits(from.peer))
      await this.#host.message(topic, bytes, from.peer)
  }

  /** Waits, unless the other is lost meanwhile. */
  async #orLost<T>(name: PeerName, work: Promise<T>): Promise<T | 'Cut'> {
    if (!this.#seen.has(name)) return 'Cut'
    const controller = this.#lost.get(name) ?? new AbortController()
    this.#lost.set(name, controller)
    const lost = Promise.withResolvers<'Cut'>()
    const cut = () => lost.resolve('Cut')
    controller.signal.addEventListener('abort', cut)
    try {
      return await Promise.race([work, lost.promise])
    } finally {
      controller.signal.removeEventListener('abort', cut)
    }
  }

  #travel(delay: number): Promise<void> {
    return new Promise(resolve => this.#later(delay, resolve))
  }

  #later(delay: number, callback: () => void): void {
    if (delay <= 0) queueMicrotask(callback)
    else this.#host.world.after(delay, callback)
  }
}
