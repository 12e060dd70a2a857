import type { WitValue } from '@ipvm/wit/value'
/** A `u64` argument. */
export declare function bigintAt(args: readonly WitValue[], index: number): bigint
/** A number, the index of an enum case, or a handle. */
export declare function numberAt(args: readonly WitValue[], index: number): number
/** A `string` argument. */
export declare function textAt(args: readonly WitValue[], index: number): string
/** A `list<u8>` argument. */
export declare function bytesAt(args: readonly WitValue[], index: number): Uint8Array
//# sourceMappingURL=argument.d.ts.map
