import type { Connection } from '@libp2p/interface'
import type { Peer } from '../peer.ts'
import type { Asking } from './asking.ts'

/** A peer over libp2p: connected, and once both have said who they are, there. */
export class Session {
  readonly connection: Connection
  /** By its peer id, until it has shown a record that says more. */
  peer: Peer
  asking: Asking | undefined
  isThere = false
  readonly #there = Promise.withResolvers<void>()
  #isMet = false

  constructor(connection: Connection) {
    this.connection = connection
    const name = `/p2p/${connection.remotePeer}`
    this.peer = { name, addresses: [name] }
  }

  /** Resolves when it is there, and also when it never will be. */
  get there(): Promise<void> {
    return this.#there.promise
  }

  /** It said who it is, or our stream to it is open; true where it is there by that. */
  half(part: 'met' | 'open', peer: Peer = this.peer): boolean {
    if (part === 'met') this.#isMet = true
    this.peer = peer
    if (this.isThere || !this.#isMet || !this.asking) return false
    this.isThere = true
    this.#there.resolve()
    return true
  }

  end(): void {
    this.isThere = false
    this.asking?.close()
    this.#there.resolve()
  }
}
