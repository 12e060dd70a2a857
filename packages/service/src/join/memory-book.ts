import { ok, type Failure, type Result } from '@ipvm/ipld'
import { noPeers, type Changed, type PeerBook, type Peers } from './peer-book.ts'

/** A list of peers in memory, for nodes that live as long as a page or a simulation does. */
export class MemoryPeerBook implements PeerBook {
  #peers: Peers
  #last: Promise<unknown> = Promise.resolve()
  readonly #listeners = new Set<() => void>()

  constructor(peers: Peers = noPeers) {
    this.#peers = peers
  }

  async read(): Promise<Result<Peers, Failure>> {
    return ok(this.#peers)
  }

  edit<T>(change: (peers: Peers) => Changed<T>): Promise<Result<T, Failure>> {
    const done = this.#last.then(async () => {
      const edited = await change(this.#peers)
      if ('error' in edited) return edited
      this.#peers = edited.ok.peers
      for (const listener of this.#listeners) listener()
      return ok(edited.ok.value)
    })
    this.#last = done.catch(() => undefined)
    return done
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
