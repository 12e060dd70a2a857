const scratch = new DataView(new ArrayBuffer(8))
const canonicalNan32 = 0x7fc0_0000
const canonicalNan64 = 0x7ff8000000000000n
/** The bits of a 32-bit float; NaN has one form only, so that its payload carries nothing across. */
export function bitsOf32(value) {
  if (Number.isNaN(value)) return canonicalNan32
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}
/** The bits of a 64-bit float; NaN has one form only. */
export function bitsOf64(value) {
  if (Number.isNaN(value)) return canonicalNan64
  scratch.setFloat64(0, value)
  return scratch.getBigInt64(0)
}
/** The 32-bit float of these bits. */
export function floatOf32(bits) {
  scratch.setInt32(0, bits)
  return canonical(scratch.getFloat32(0))
}
/** The 64-bit float of these bits. */
export function floatOf64(bits) {
  scratch.setBigInt64(0, bits)
  return canonical(scratch.getFloat64(0))
}
/** The same number; a NaN loses its payload. */
export function canonical(value) {
  return Number.isNaN(value) ? Number.NaN : value
}
//# sourceMappingURL=float.js.map
