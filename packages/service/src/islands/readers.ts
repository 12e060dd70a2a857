import { withoutFragment, type Did } from '@ipvm/varsig'
import type { World } from '@ipvm/runtime'
import { readersMax, readerSeconds } from './limits.ts'

/** Who has shown lately that they may read the receipts of this node, and so may hear of them. */
export class Readers {
  readonly #world: Pick<World, 'now'>
  /** Until when each counts, seconds; who has shown it last is the last one. */
  readonly #until = new Map<Did, number>()

  constructor(world: Pick<World, 'now'>) {
    this.#world = world
  }

  note(reader: Did): void {
    const did = withoutFragment(reader)
    this.#until.delete(did)
    this.#until.set(did, this.#world.now() + readerSeconds)
    const [first] = this.#until.keys()
    if (first !== undefined && this.#until.size > readersMax) this.#until.delete(first)
  }

  has(reader: Did): boolean {
    return (this.#until.get(withoutFragment(reader)) ?? 0) >= this.#world.now()
  }

  /** Somebody has lost what they had been given, perhaps: all show it again. */
  clear(): void {
    this.#until.clear()
  }
}
