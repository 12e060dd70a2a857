import type { ByteReader } from '@ipvm/wit/component'
/** Steps over code that cannot be reached, past the `else` or `end` of its block; gives where that stands. */
export declare function skipDeadCode(reader: ByteReader): number
//# sourceMappingURL=dead-code.d.ts.map
