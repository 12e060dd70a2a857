const computes = /^(f32|f64)\.(ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote_f64|promote_f32)$/
const ignores = /^(f32|f64)\.(eq|ne|lt|gt|le|ge)$|^(i32|i64)\.trunc_(sat_)?f/
/** The effect of the instruction of this name. */
export function nanEffect(name) {
  const [, type] = computes.exec(name) ?? []
  if (type === 'f32' || type === 'f64') return type
  return ignores.test(name) ? 'absorbs' : 'none'
}
//# sourceMappingURL=nan.js.map
