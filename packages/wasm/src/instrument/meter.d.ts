import { type Global } from '../engine.ts'
import type { MeterNames } from './instrument.ts'
/** A crossed quota: what the run used or wanted in all, and what it was allowed. */
export interface CrossedQuota {
  readonly used: number
  readonly limit: number
}
/**
 * Counts for one run what all core modules of a component use together: gas, pages of memory, words of stack. The
 * rewritten modules do the counting, in globals that they share; here they are handed out and read. Making another meter
 * in the same thread ends what this one says.
 */
export declare class Meter {
  #private
  /**
   * @param limits units of gas, bytes of memory
   * @param modules how many core instances there will be: each may hold a portion of gas that it has not used
   */
  constructor(
    limits: {
      readonly gas: number
      readonly memory: number
    },
    instances: number,
  )
  /** What a module imports. `cap` is the largest that its memory may become, pages. */
  imports({ importsCap }: MeterNames, cap: number): Readonly<Record<string, unknown>>
  /** Reads the counter of an instance from now on. */
  watch(counter: Global<bigint>): void
  /** Charges for what the host does for a guest; ends the run where that alone is too much. */
  charge(units: number): void
  /** Charges for bytes that the host moves. */
  chargeBytes(bytes: number): void
  /** Takes pages that memories have at first. */
  reserve(pages: number): void
  get gas(): number
  /** Bytes of all memories. */
  get memory(): number
  /** Words of stack that a guest's function finds when it is called. */
  set depth(words: number)
  /** A guest called the host: the words of stack that are left for what the host calls. Ends the run where there are none. */
  enterHost(): number
  get outOfGas(): CrossedQuota | undefined
  get outOfMemory(): CrossedQuota | undefined
  /** Whether frames took more stack than the profile has. */
  get outOfStack(): boolean
  /** Whether the host could not serve a growth that was within the quota. */
  get hostRefused(): boolean
}
//# sourceMappingURL=meter.d.ts.map
