import { engine, type Global } from '../engine.ts'
import { trap } from '../abi/trap.ts'
import { gasPortion, hostCallWords, pageBytes, stackWordsMax } from '../limits.ts'
import { hostRefused } from './added-function.ts'
import type { MeterNames } from './instrument.ts'

/** A crossed quota: what the run used or wanted in all, and what it was allowed. */
export interface CrossedQuota {
  readonly used: number
  readonly limit: number
}

/** More pages than all memories of a component can have, and still a positive i32. */
const pagesMax = 2 ** 31 - 1

/**
 * The globals that rewritten modules share. They are made once a thread: a run is synchronous, so no two of them are
 * under way in one thread, and making globals takes a tenth of a short run.
 */
const shared: { readonly pool: Global<bigint>; readonly depth: Global<number>; readonly pages: Global<number> } = {
  pool: new engine.Global({ value: 'i64', mutable: true }, 0n),
  depth: new engine.Global({ value: 'i32', mutable: true }, 0),
  pages: new engine.Global({ value: 'i32', mutable: true }, 0),
}

/**
 * Counts for one run what all core modules of a component use together: gas, pages of memory, words of stack. The
 * rewritten modules do the counting, in globals that they share; here they are handed out and read. Making another meter
 * in the same thread ends what this one says.
 */
export class Meter {
  readonly #limits: { readonly gas: number; readonly memory: number }
  readonly #counters: Global<bigint>[] = []
  readonly #portions: bigint
  readonly #pagesAllowed: number
  /** What the host was charged with, and the pool was not. */
  #owed = 0

  /**
   * @param limits units of gas, bytes of memory
   * @param modules how many core instances there will be: each may hold a portion of gas that it has not used
   */
  constructor(limits: { readonly gas: number; readonly memory: number }, instances: number) {
    this.#limits = limits
    this.#portions = BigInt(limits.gas + instances * gasPortion)
    this.#pagesAllowed = Math.min(Math.floor(limits.memory / pageBytes), pagesMax)
    shared.pool.value = this.#portions
    shared.depth.value = stackWordsMax
    shared.pages.value = this.#pagesAllowed
  }

  /** What a module imports. `cap` is the largest that its memory may become, pages. */
  imports({ importsCap }: MeterNames, cap: number): Readonly<Record<string, unknown>> {
    return importsCap ? { ...shared, cap: new engine.Global({ value: 'i32', mutable: false }, cap) } : shared
  }

  /** Reads the counter of an instance from now on. */
  watch(counter: Global<bigint>): void {
    this.#counters.push(counter)
  }

  /**
   * Charges for what the host does for a guest. It is taken out of the pool in portions, as a module does it; ends the
   * run where the pool is empty.
   */
  charge(units: number): void {
    this.#owed += units
    if (this.#owed < gasPortion) return
    shared.pool.value -= BigInt(this.#owed)
    this.#owed = 0
    if (shared.pool.value < 0n) trap('the gas')
  }

  /** Takes pages that memories have at first. */
  reserve(pages: number): void {
    shared.pages.value -= pages
  }

  get gas(): number {
    let taken = Number(this.#portions - shared.pool.value) + this.#owed
    for (const counter of this.#counters) taken -= Number(counter.value)
    return taken
  }

  /** Bytes of all memories. */
  get memory(): number {
    return (this.#pagesAllowed - shared.pages.value) * pageBytes
  }

  /** Words of stack that a guest's function finds when it is called. */
  set depth(words: number) {
    shared.depth.value = words
  }

  /** A guest called the host: the words of stack that are left for what the host calls. Ends the run where there are none. */
  enterHost(): number {
    shared.depth.value -= hostCallWords
    return this.outOfStack ? trap('the stack') : shared.depth.value
  }

  get outOfGas(): CrossedQuota | undefined {
    const { gas: limit } = this.#limits
    const used = this.gas
    return used > limit ? { used, limit } : undefined
  }

  get outOfMemory(): CrossedQuota | undefined {
    if (this.hostRefused || shared.pages.value >= 0) return undefined
    return { used: this.memory, limit: this.#limits.memory }
  }

  /** Whether frames took more stack than the profile has. */
  get outOfStack(): boolean {
    return shared.depth.value < 0
  }

  /** Whether the host could not serve a growth that was within the quota. */
  get hostRefused(): boolean {
    return shared.pages.value === hostRefused
  }
}
