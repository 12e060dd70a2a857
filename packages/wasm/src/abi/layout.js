import { casesOf } from '@ipvm/wit/type'
import { flatParamsMax } from '../limits.js'
const layouts = new WeakMap()
/** The layout of a type, computed once per type object. */
export function layoutOf(type) {
  const known = layouts.get(type)
  if (known) return known
  const layout = compute(type)
  layouts.set(type, layout)
  return layout
}
/** The layout of values one after the other, as parameters in memory are. */
export function sequenceLayout(types) {
  let size = 0
  let alignment = 1
  const offsets = []
  const flat = []
  for (const type of types) {
    const part = layoutOf(type)
    size = alignTo(size, part.alignment)
    offsets.push(size)
    size += part.size
    alignment = Math.max(alignment, part.alignment)
    if (flat.length <= flatParamsMax) flat.push(...part.flat)
  }
  return {
    size: alignTo(size, alignment),
    alignment,
    flat: flat.slice(0, flatParamsMax + 1),
    parts: types,
    offsets,
    discriminant: 1,
    payload: 0,
  }
}
function scalar(size, flat, alignment = size) {
  return { size, alignment, flat: [flat], parts: [], offsets: [], discriminant: 1, payload: 0 }
}
function compute(type) {
  switch (type.kind) {
    case 'bool':
    case 'u8':
    case 's8':
      return scalar(1, 'i32')
    case 'u16':
    case 's16':
      return scalar(2, 'i32')
    case 'u32':
    case 's32':
    case 'char':
      return scalar(4, 'i32')
    case 'u64':
    case 's64':
      return scalar(8, 'i64')
    case 'f32':
      return scalar(4, 'f32')
    case 'f64':
      return scalar(8, 'f64')
    case 'string':
    case 'list':
      return { ...scalar(8, 'i32', 4), flat: ['i32', 'i32'] }
    case 'own':
    case 'borrow':
      return scalar(4, 'i32')
    case 'flags':
      return scalar(type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4, 'i32')
    case 'tuple':
      return sequenceLayout(type.types)
    case 'record':
      return sequenceLayout(type.fields.map(field => field.type))
    case 'enum':
      return variantLayout(type.names.length, [])
    default: {
      const cases = casesOf(type)
      return variantLayout(
        cases.length,
        cases.flatMap(part => part.type ?? []),
      )
    }
  }
}
function variantLayout(count, payloads) {
  const discriminant = count <= 0x100 ? 1 : count <= 0x1_0000 ? 2 : 4
  let alignment = 1
  let size = 0
  const flat = []
  for (const type of payloads) {
    const part = layoutOf(type)
    alignment = Math.max(alignment, part.alignment)
    size = Math.max(size, part.size)
    for (const [i, core] of part.flat.entries()) flat[i] = join(flat[i] ?? core, core)
  }
  const payload = alignTo(discriminant, alignment)
  const whole = Math.max(alignment, discriminant)
  return {
    size: alignTo(payload + size, whole),
    alignment: whole,
    flat: ['i32', ...flat].slice(0, flatParamsMax + 1),
    parts: [],
    offsets: [],
    discriminant,
    payload,
  }
}
/** The core type that can hold either of two (Canonical ABI § Flattening, `join`). */
function join(a, b) {
  if (a === b) return a
  return (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64'
}
function alignTo(offset, alignment) {
  return Math.ceil(offset / alignment) * alignment
}
//# sourceMappingURL=layout.js.map
