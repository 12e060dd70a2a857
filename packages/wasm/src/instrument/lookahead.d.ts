import { ByteReader } from '@ipvm/wit/component'
/**
 * Whether the instruction that takes the value on top of the stack cannot tell one NaN from another. Only straight-line
 * code is looked at: `false` means that it is not known.
 */
export declare function absorbsNan({ bytes, offset, end }: ByteReader): boolean
//# sourceMappingURL=lookahead.d.ts.map
