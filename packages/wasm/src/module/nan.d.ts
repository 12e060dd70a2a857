/**
 * What an instruction does to the bits of a NaN (WebAssembly § Numerics, NaN Propagation):
 *
 * - `f32`, `f64`: its result may be a NaN whose bits depend on the machine; it does not matter which NaN it is given
 * - `absorbs`: its result does not depend on which NaN it is given
 * - `none`: anything else
 */
export type NanEffect = 'none' | 'absorbs' | 'f32' | 'f64'
/** The effect of the instruction of this name. */
export declare function nanEffect(name: string): NanEffect
//# sourceMappingURL=nan.d.ts.map
