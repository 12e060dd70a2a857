import type { Peer, PeerName } from '../peer.ts'
import type { NetworkWorld } from '../world.ts'
import { noFaults, type FaultRandom, type Faults } from './faults.ts'

/** Of what a network in memory is made. */
export interface MemoryHubOptions {
  readonly world: NetworkWorld
  /** Draws the faults; needed where there are any. */
  readonly random?: FaultRandom
  readonly faults?: Faults
}

/** One end of a network in memory, as its hub sees it. */
export interface MemoryEnd {
  readonly peer: Peer
  readonly addresses: readonly string[]
  /** Sees who is there now. */
  look(): void
}

/**
 * A network in memory: everyone who is up and on the same side sees everyone else. Its faults are drawn from a seed and
 * its delays are the world's, so that a simulation of many nodes goes the same way each time.
 */
export class MemoryHub<End extends MemoryEnd = MemoryEnd> {
  readonly world: NetworkWorld
  readonly random: FaultRandom
  /** What goes wrong from now on; may be changed at any time. */
  faults: Faults
  readonly #up = new Map<PeerName, End>()
  /** Which side each one is on; who is not named is on the side of all others. */
  #sides: ReadonlyMap<PeerName, number> = new Map()
  readonly #provided = new Map<string, Set<End>>()

  constructor({ world, random = { fraction: () => 0.5 }, faults = noFaults }: MemoryHubOptions) {
    this.world = world
    this.random = random
    this.faults = faults
  }

  /** Everyone who is up, but for one's own. */
  others(self: End): readonly End[] {
    return [...this.#up.values()].filter(other => other !== self)
  }

  /** Who has this name or address, wherever it is. */
  find(name: PeerName): End | undefined {
    return this.#up.get(name) ?? [...this.#up.values()].find(({ addresses }) => addresses.includes(name))
  }

  /** Whether the two see each other now. */
  joins(a: End, b: End): boolean {
    return this.#isUp(a) && this.#isUp(b) && this.#side(a) === this.#side(b)
  }

  enter(one: End): void {
    this.#up.set(one.peer.name, one)
    this.#look()
  }

  leave(one: End): void {
    if (!this.#isUp(one)) return
    this.#up.delete(one.peer.name)
    this.#look()
  }

  /** Somebody says that they have what is under a name. */
  provide(key: string, one: End): void {
    const all = this.#provided.get(key) ?? new Set()
    this.#provided.set(key, all.add(one))
  }

  /** Who said so, and is up. */
  providers(key: string): readonly End[] {
    return [...(this.#provided.get(key) ?? [])].filter(one => this.#isUp(one))
  }

  /** Parts the network: who is in different groups does not see each other; who is in none is with the first group. */
  partition(...groups: readonly (readonly PeerName[])[]): void {
    this.#sides = new Map(groups.flatMap((group, side) => group.map(name => [name, side] as const)))
    this.#look()
  }

  /** Everyone sees everyone again. */
  heal(): void {
    this.partition()
  }

  #isUp(one: End): boolean {
    return this.#up.get(one.peer.name) === one
  }

  #side({ peer }: { readonly peer: Peer }): number {
    return this.#sides.get(peer.name) ?? 0
  }

  #look(): void {
    for (const one of this.#up.values()) one.look()
  }
}
