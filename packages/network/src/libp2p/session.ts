import type { Connection } from '@libp2p/interface'
import type { Peer } from '../peer.ts'
import type { Asking } from './asking.ts'

/** A peer over libp2p: connected, and once both have said who they are, there. */
export class Session {
  readonly connection: Connection
  /** By its peer id, until it has shown a record that says more. */
  peer: Peer
  asking: Asking | undefined
  /** Both have said who they are, or it speaks bitswap only and was dialled for that. */
  isThere = false
  /** It is dealt with. */
  isAdmitted = false
  /** The network was told that it is there. */
  isTold = false
  /** Whether only blocks are to be had there, as of a node of IPFS. */
  isForBlocks = false
  readonly #there = Promise.withResolvers<void>()
  readonly #settled = Promise.withResolvers<boolean>()
  #isMet = false

  constructor(connection: Connection) {
    this.connection = connection
    const name = `/p2p/${connection.remotePeer}`
    this.peer = { name, addresses: [name, `${connection.remoteAddr}`] }
  }

  /** Resolves when it is there, and also when it never will be. */
  get there(): Promise<void> {
    return this.#there.promise
  }

  /** Resolves with whether it is dealt with, once that is known. */
  get admission(): Promise<boolean> {
    return this.#settled.promise
  }

  /** It said who it is, or our stream to it is open; true where it is there by that. */
  half(part: 'met' | 'open', peer: Peer = this.peer): boolean {
    if (part === 'met') this.#isMet = true
    this.peer = peer
    if (this.isThere || !this.#isMet || !this.asking) return false
    this.isThere = true
    return true
  }

  /** It gives blocks, and nothing else is to be had of it. */
  givesBlocks(): void {
    this.isThere = true
    this.isForBlocks = true
    this.#there.resolve()
    this.#settled.resolve(false)
  }

  /** Whether it is dealt with, as far as its host says now. */
  settle(isAdmitted: boolean): void {
    this.isAdmitted = isAdmitted
    this.#there.resolve()
    if (isAdmitted) this.#settled.resolve(true)
  }

  /** It may ask, by what it has brought; to gossip and the like it stays unknown. */
  becomesGuest(): void {
    this.isAdmitted = true
  }

  end(): void {
    this.isThere = false
    this.isAdmitted = false
    this.asking?.close()
    this.#there.resolve()
    this.#settled.resolve(false)
  }
}
