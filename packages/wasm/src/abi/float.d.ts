/** The bits of a 32-bit float; NaN has one form only, so that its payload carries nothing across. */
export declare function bitsOf32(value: number): number
/** The bits of a 64-bit float; NaN has one form only. */
export declare function bitsOf64(value: number): bigint
/** The 32-bit float of these bits. */
export declare function floatOf32(bits: number): number
/** The 64-bit float of these bits. */
export declare function floatOf64(bits: bigint): number
/** The same number; a NaN loses its payload. */
export declare function canonical(value: number): number
//# sourceMappingURL=float.d.ts.map
