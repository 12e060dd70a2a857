import { addressesMax, peersMax } from './limits.ts'
import type { Peer, PeerChange, PeerName } from './peer.ts'
import type { Transport } from './transport.ts'

/** A way to a peer. */
export interface Way {
  readonly transport: Transport
  /** What that transport calls it. */
  readonly name: PeerName
}

/** Who is there, and over which transports; the same DID over two of them is one peer. */
export class Book {
  /** By name: what each transport knows of the peer, the transports in the order of their numbers. */
  readonly #peers = new Map<PeerName, Map<number, Peer>>()
  /** Where those were who have gone, the last ones: a name may be asked for again. */
  readonly #gone = new Map<PeerName, readonly string[]>()
  readonly #watchers = new Set<(change: PeerChange) => void>()

  peers(): readonly Peer[] {
    return [...this.#peers.keys()].flatMap(name => this.#merged(name) ?? [])
  }

  watch(watcher: (change: PeerChange) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  came(transport: number, peer: Peer): void {
    const known = this.#peers.get(peer.name)
    if (!known && this.#peers.size >= peersMax) return
    const ways = known ?? new Map<number, Peer>()
    this.#peers.set(peer.name, ways)
    ways.set(transport, peer)
    this.#gone.delete(peer.name)
    this.#tell(peer.name, 'came')
  }

  went(transport: number, peer: Peer): void {
    const before = this.#merged(peer.name)
    const ways = this.#peers.get(peer.name)
    if (!before || !ways?.delete(transport)) return
    if (ways.size > 0) return
    this.#peers.delete(peer.name)
    this.#remember(before)
    for (const watcher of this.#watchers) watcher({ peer: before, change: 'went' })
  }

  /** The transports that have a peer, the best one first, by its name or one of its addresses. */
  ways(name: PeerName): readonly number[] {
    const ways = this.#peers.get(name) ?? this.#peers.get(this.nameAt(name))
    return ways ? [...ways.keys()].sort((a, b) => a - b) : []
  }

  /** The name of the peer that has this address, or the address where none has. */
  nameAt(address: string): PeerName {
    if (this.#peers.has(address)) return address
    for (const [name, ways] of this.#peers) {
      for (const { addresses } of ways.values()) if (addresses.includes(address)) return name
    }
    for (const [name, addresses] of this.#gone) if (addresses.includes(address)) return name
    return address
  }

  /** Where a peer was that has gone. */
  addressesOf(name: PeerName): readonly string[] {
    return this.#gone.get(name) ?? []
  }

  #remember({ name, addresses }: Peer): void {
    const [oldest] = this.#gone.keys()
    if (oldest !== undefined && this.#gone.size >= peersMax) this.#gone.delete(oldest)
    this.#gone.set(name, addresses)
  }

  #tell(name: PeerName, change: 'came' | 'went'): void {
    const peer = this.#merged(name)
    if (peer) for (const watcher of this.#watchers) watcher({ peer, change })
  }

  #merged(name: PeerName): Peer | undefined {
    const ways = this.#peers.get(name)
    if (!ways) return undefined
    const all = [...ways.values()]
    const did = all.find(peer => peer.did !== undefined)?.did
    const addresses = [...new Set(all.flatMap(peer => peer.addresses))].slice(0, addressesMax)
    return { name, addresses, ...(did !== undefined && { did }) }
  }
}
