import { bytesPerGas } from '../gas/cost.js'
import { engine } from '../engine.js'
import { trap } from '../abi/trap.js'
import { gasPortion, hostCallWords, pageBytes, stackWordsMax } from '../limits.js'
import { hostRefused } from './helper.js'
/** More pages than all memories of a component can have, and still a positive i32. */
const pagesMax = 2 ** 31 - 1
/**
 * The globals that rewritten modules share. They are made once a thread: a run is synchronous, so no two of them are
 * under way in one thread, and making globals takes a tenth of a short run.
 */
const shared = {
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
  #limits
  #counters = []
  #portions
  #pagesAllowed
  /** What the host was charged with. */
  #charged = 0
  /**
   * @param limits units of gas, bytes of memory
   * @param modules how many core instances there will be: each may hold a portion of gas that it has not used
   */
  constructor(limits, instances) {
    this.#limits = limits
    this.#portions = limits.gas + instances * gasPortion
    this.#pagesAllowed = Math.min(Math.floor(limits.memory / pageBytes), pagesMax)
    shared.pool.value = BigInt(this.#portions)
    shared.depth.value = stackWordsMax
    shared.pages.value = this.#pagesAllowed
  }
  /** What a module imports. `cap` is the largest that its memory may become, pages. */
  imports({ importsCap }, cap) {
    return importsCap ? { ...shared, cap: new engine.Global({ value: 'i32', mutable: false }, cap) } : shared
  }
  /** Reads the counter of an instance from now on. */
  watch(counter) {
    this.#counters.push(counter)
  }
  /** Charges for what the host does for a guest; ends the run where that alone is too much. */
  charge(units) {
    this.#charged += units
    if (this.#charged > this.#limits.gas) trap('the gas')
  }
  /** Charges for bytes that the host moves. */
  chargeBytes(bytes) {
    this.charge(Math.ceil(bytes / bytesPerGas))
  }
  /** Takes pages that memories have at first. */
  reserve(pages) {
    shared.pages.value -= pages
  }
  get gas() {
    let taken = this.#portions - Number(shared.pool.value) + this.#charged
    for (const counter of this.#counters) taken -= Number(counter.value)
    return taken
  }
  /** Bytes of all memories. */
  get memory() {
    return (this.#pagesAllowed - shared.pages.value) * pageBytes
  }
  /** Words of stack that a guest's function finds when it is called. */
  set depth(words) {
    shared.depth.value = words
  }
  /** A guest called the host: the words of stack that are left for what the host calls. Ends the run where there are none. */
  enterHost() {
    shared.depth.value -= hostCallWords
    return this.outOfStack ? trap('the stack') : shared.depth.value
  }
  get outOfGas() {
    const { gas: limit } = this.#limits
    const used = this.gas
    return used > limit ? { used, limit } : undefined
  }
  get outOfMemory() {
    if (this.hostRefused || shared.pages.value >= 0) return undefined
    return { used: this.memory, limit: this.#limits.memory }
  }
  /** Whether frames took more stack than the profile has. */
  get outOfStack() {
    return shared.depth.value < 0
  }
  /** Whether the host could not serve a growth that was within the quota. */
  get hostRefused() {
    return shared.pages.value === hostRefused
  }
}
//# sourceMappingURL=meter.js.map
