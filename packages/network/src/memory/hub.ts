import type { Peer, PeerName } from '../peer.ts'
import type { NetworkWorld } from '../world.ts'
import { noFaults, type FaultRandom, type Faults } from './faults.ts'
import type { MemoryTransport } from './transport.ts'

/** Of what a network in memory is made. */
export interface MemoryHubOptions {
  readonly world: NetworkWorld
  /** Draws the faults; needed where there are any. */
  readonly random?: FaultRandom
  readonly faults?: Faults
}

/**
 * A network in memory: everyone who is up and on the same side sees everyone else. Its faults are drawn from a seed and
 * its delays are the world's, so that a simulation of many nodes goes the same way each time.
 */
export class MemoryHub {
  readonly world: NetworkWorld
  readonly random: FaultRandom
  /** What goes wrong from now on; may be changed at any time. */
  faults: Faults
  readonly #up = new Map<PeerName, MemoryTransport>()
  /** Which side each one is on; who is not named is on the side of all others. */
  #sides: ReadonlyMap<PeerName, number> = new Map()

  constructor({ world, random = { fraction: () => 0.5 }, faults = noFaults }: MemoryHubOptions) {
    this.world = world
    this.random = random
    this.faults = faults
  }

  /** Everyone who is up, but for one's own. */
  others(self: MemoryTransport): readonly MemoryTransport[] {
    return [...this.#up.values()].filter(other => other !== self)
  }

  /** Who has this name or address, wherever it is. */
  find(name: PeerName): MemoryTransport | undefined {
    return this.#up.get(name) ?? [...this.#up.values()].find(({ addresses }) => addresses.includes(name))
  }

  /** Whether the two see each other now. */
  joins(a: MemoryTransport, b: MemoryTransport): boolean {
    return this.#isUp(a) && this.#isUp(b) && this.#side(a) === this.#side(b)
  }

  enter(one: MemoryTransport): void {
    this.#up.set(one.peer.name, one)
    this.#look()
  }

  leave(one: MemoryTransport): void {
    if (!this.#isUp(one)) return
    this.#up.delete(one.peer.name)
    this.#look()
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

  #isUp(one: MemoryTransport): boolean {
    return this.#up.get(one.peer.name) === one
  }

  #side({ peer }: { readonly peer: Peer }): number {
    return this.#sides.get(peer.name) ?? 0
  }

  #look(): void {
    for (const one of this.#up.values()) one.look()
  }
}
