import type { Network, NetworkFailure, Peer, PeerName } from '@ipvm/network'
import type { ServiceContext } from '../context.ts'
import { askAgainAfter } from './limits.ts'

/** The peers that are there, are trusted executors, and answer when they are asked for receipts. */
export class Neighbours {
  readonly #context: ServiceContext
  readonly #there = new Map<PeerName, Peer>()
  /** Until when one is not asked, since it refused or did not answer; milliseconds. */
  readonly #resting = new Map<PeerName, number>()
  #stop: (() => void) | undefined

  constructor(context: ServiceContext) {
    this.#context = context
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
  }

  /** Those who are trusted changed. */
  look(): void {
    this.#there.clear()
    for (const peer of this.#context.network()?.peers() ?? []) void this.#came(peer)
  }

  close(): void {
    this.#stop?.()
    this.#there.clear()
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

  async #came(peer: Peer): Promise<void> {
    try {
      if (peer.did !== undefined && (await this.#context.store.trusts(peer.did))) this.#there.set(peer.name, peer)
    } catch (fault) {
      this.#context.log(`whether ${peer.name} is trusted could not be read`, fault)
    }
  }
}
