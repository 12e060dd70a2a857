import { FeatureRefusal } from './feature.js'
const valueTypes = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])
/** Types of later proposals, by their first byte. */
const laterTypes = new Map([
  [0x69, 'exceptions'],
  [0x68, 'stack switching'],
  [0x64, 'typed function references'],
  [0x63, 'typed function references'],
])
/** A value type of profile 1; those of later proposals are refused by the proposal's name. */
export function readValueType(reader) {
  const at = reader.offset
  const byte = reader.byte()
  const type = valueTypes.get(byte)
  if (type) return type
  const later = laterTypes.get(byte) ?? (byte >= 0x65 && byte <= 0x78 ? 'garbage collection' : undefined)
  if (later !== undefined) throw new FeatureRefusal(later, at)
  return reader.fail('an unknown value type', at)
}
/** `funcref` or `externref`. */
export function readReferenceType(reader) {
  const at = reader.offset
  const type = readValueType(reader)
  return type === 'funcref' || type === 'externref' ? type : reader.fail('a type that is not a reference', at)
}
//# sourceMappingURL=value-type.js.map
