import type { GuestMemory } from './memory.ts'
/** Reads a string from guest memory (Canonical ABI § Loading, `load_string_from_range`). */
export declare function loadString(memory: GuestMemory, pointer: number, tagged: number): string
/**
 * Writes a string into guest memory, in one allocation of just its size; gives the pointer and the tagged length
 * (Canonical ABI § Storing, `store_string_into_range`).
 */
export declare function storeString(memory: GuestMemory, text: string): readonly [pointer: number, length: number]
//# sourceMappingURL=string.d.ts.map
