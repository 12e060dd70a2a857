import { type WitType } from '@ipvm/wit/type'
import { type WitValue } from '@ipvm/wit/value'
import { type CoreValue, type Layout } from './layout.ts'
import type { GuestMemory } from './memory.ts'
/** Reads a value at an address inside guest memory that was checked (Canonical ABI § Loading). */
export declare function load(memory: GuestMemory, type: WitType, pointer: number): WitValue
/** Reads values that lie one after the other, as a tuple, a record or parameters do. */
export declare function loadSequence(memory: GuestMemory, layout: Layout, pointer: number): WitValue[]
/** Core values, taken one after the other. */
export declare class CoreValues {
  #private
  constructor(values: readonly CoreValue[])
  take(): CoreValue
  u32(): number
}
/** Reads a value from core values (Canonical ABI § Flat Lifting). */
export declare function liftFlat(memory: GuestMemory, type: WitType, values: CoreValues): WitValue
//# sourceMappingURL=lift.d.ts.map
