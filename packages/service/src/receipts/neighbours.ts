import type { Network, NetworkFailure, Peer, PeerName } from '@ipvm/network'
import type { ServiceContext } from '../context.ts'
import { askAgainAfter, lookAgainAfter } from './limits.ts'

/** The peers that are there, are trusted executors, and answer when they are asked for receipts. */
export class Neighbours {
  readonly #context: ServiceContext
  readonly #listeners: ((peer: Peer) => void)[] = []
  readonly #there = new Map<PeerName, Peer>()
  /** Until when one is not asked, since it refused or did not answer; milliseconds. */
  readonly #resting = new Map<PeerName, number>()
  #stop: (() => void) | undefined
  #cancel: (() => void) | undefined

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Tells of each who is there and trusted and was not before. */
  onTrusted(listener: (peer: Peer) => void): void {
    this.#listeners.push(listener)
  }

  /** Whether anybody could be asked. */
  get areThere(): boolean {
    return this.#there.size > 0
  }

  open(network: Network): void {
    for (const peer of network.peers()) void this.#came(peer)
    this.#stop = network.watch(({ peer, change }) => {
      this.#resting.delete(peer.name)
      if (change === 'came') void this.#came(peer)
      else this.#there.delete(peer.name)
    })
    this.#lookLater()
  }

  /** Looks again who is trusted; somebody may have said so, in this process or another one. */
  look(): void {
    for (const peer of this.#context.network()?.peers() ?? []) void this.#came(peer)
  }

  close(): void {
    this.#stop?.()
    this.#cancel?.()
    this.#there.clear()
  }

  #lookLater(): void {
    this.#cancel = this.#context.world.after(lookAgainAfter, () => {
      this.look()
      this.#lookLater()
    })
  }

  /** Whom to ask now. */
  list(): readonly Peer[] {
    const now = this.#context.world.milliseconds()
    return [...this.#there.values()].filter(({ name }) => (this.#resting.get(name) ?? 0) <= now)
  }

  /** A peer refused, or did not answer. */
  failed(peer: PeerName, { name, retryAfter }: NetworkFailure): void {
    const rest = retryAfter ?? (name === 'Refused' || name === 'MalformedAnswer' ? askAgainAfter : 0)
    if (rest > 0 && this.#there.has(peer)) this.#resting.set(peer, this.#context.world.milliseconds() + rest)
  }

  #trusted(peer: Peer): void {
    this.#there.set(peer.name, peer)
    for (const listener of this.#listeners) listener(peer)
  }

  async #came(peer: Peer): Promise<void> {
    try {
      if (peer.did === undefined) return
      if (!(await this.#context.store.trusts(peer.did))) this.#there.delete(peer.name)
      else if (!this.#there.has(peer.name)) this.#trusted(peer)
    } catch (fault) {
      this.#context.log(`whether ${peer.name} is trusted could not be read`, fault)
    }
  }
}
