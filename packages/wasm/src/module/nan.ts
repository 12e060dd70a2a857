/**
 * What an instruction does to the bits of a NaN (WebAssembly § Numerics, NaN Propagation):
 *
 * - `f32`, `f64`: its result may be a NaN whose bits depend on the machine; it does not matter which NaN it is given
 * - `absorbs`: its result does not depend on which NaN it is given
 * - `none`: anything else
 */
export type NanEffect = 'none' | 'absorbs' | 'f32' | 'f64'

const computes = /^(f32|f64)\.(ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote_f64|promote_f32)$/
const ignores = /^(f32|f64)\.(eq|ne|lt|gt|le|ge)$|^(i32|i64)\.trunc_(sat_)?f/

/** The effect of the instruction of this name. */
export function nanEffect(name: string): NanEffect {
  const [, type] = computes.exec(name) ?? []
  if (type === 'f32' || type === 'f64') return type
  return ignores.test(name) ? 'absorbs' : 'none'
}
