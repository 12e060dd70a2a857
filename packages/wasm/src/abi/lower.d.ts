import { type WitType } from '@ipvm/wit/type'
import { type WitValue } from '@ipvm/wit/value'
import { type CoreValue, type Layout } from './layout.ts'
import type { GuestMemory } from './memory.ts'
/** Writes a value at an aligned address inside guest memory (Canonical ABI § Storing). */
export declare function store(memory: GuestMemory, type: WitType, value: WitValue, pointer: number): void
/** Writes values one after the other, as a tuple, a record or parameters are. */
export declare function storeSequence(memory: GuestMemory, layout: Layout, value: WitValue, pointer: number): void
/** A value as core values (Canonical ABI § Flat Lowering). */
export declare function lowerFlat(memory: GuestMemory, type: WitType, value: WitValue, out: CoreValue[]): void
//# sourceMappingURL=lower.d.ts.map
