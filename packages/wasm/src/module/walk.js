import { labelsMax } from '../limits.js'
import { FeatureRefusal } from './feature.js'
import { miscInstructions, plainInstructions, simdInstructions } from './instruction.js'
import { readReferenceType, readValueType } from './value-type.js'
/** Reads the next instruction's opcode; refuses by name what is not in profile 1. */
export function readInstruction(reader) {
  const start = reader.offset
  const byte = reader.byte()
  const instruction =
    byte === 0xfc
      ? miscInstructions[reader.u32()]
      : byte === 0xfd
        ? simdInstruction(reader, start)
        : plainInstructions[byte]
  if (instruction?.refused !== undefined) {
    throw new FeatureRefusal(`${instruction.refused} (${instruction.name})`, start)
  }
  if (instruction) return instruction
  if (byte === 0xfb) throw new FeatureRefusal('garbage collection', start)
  if (byte === 0xfe) throw new FeatureRefusal('threads', start)
  return reader.fail(`an unknown instruction 0x${byte.toString(16)}`, start)
}
function simdInstruction(reader, start) {
  const code = reader.u32()
  if (code >= 0x100) throw new FeatureRefusal('relaxed SIMD', start)
  return simdInstructions[code]
}
/** Steps over what follows an opcode. */
export function skipImmediate(reader, immediate) {
  switch (immediate) {
    case 'none':
      return
    case 'index':
      reader.skipInteger(32)
      return
    case 'index index':
      reader.skipInteger(32)
      reader.skipInteger(32)
      return
    case 'memory argument':
      skipMemoryArgument(reader)
      return
    case 'memory argument lane':
      skipMemoryArgument(reader)
      reader.byte()
      return
    case 'i32':
      reader.skipInteger(32)
      return
    case 'i64':
      reader.skipInteger(64)
      return
    case 'f32':
      reader.skip(4)
      return
    case 'f64':
      reader.skip(8)
      return
    case 'v128':
      reader.skip(16)
      return
    case 'lane':
      reader.byte()
      return
    default:
      skipRareImmediate(reader, immediate)
  }
}
function skipRareImmediate(reader, immediate) {
  switch (immediate) {
    case 'block':
      if (reader.peek() === 0x40) reader.skip(1)
      else if (isValueType(reader)) readValueType(reader)
      else reader.s33()
      return
    case 'labels':
      reader.vector(label => label.skipInteger(32), labelsMax)
      reader.skipInteger(32)
      return
    case 'types':
      reader.vector(readValueType)
      return
    case 'reference':
      readReferenceType(reader)
      return
    case 'memory':
      skipMemoryIndex(reader)
      return
    case 'memory memory':
      skipMemoryIndex(reader)
      skipMemoryIndex(reader)
      return
    case 'index memory':
      reader.skipInteger(32)
      skipMemoryIndex(reader)
  }
}
const emptyBlock = { params: 0, results: 0 }
const valueBlock = { params: 0, results: 1 }
/** The effect of a block: its type is empty, a value type, or the index of a function type. */
export function readBlockType(reader, types) {
  const at = reader.offset
  if (reader.peek() === 0x40) {
    reader.skip(1)
    return emptyBlock
  }
  if (isValueType(reader)) {
    readValueType(reader)
    return valueBlock
  }
  const type = types[reader.s33()] ?? reader.fail('an unknown block type', at)
  return { params: type.params.length, results: type.results.length }
}
function isValueType(reader) {
  const byte = reader.peek() ?? 0
  return byte > 0x40 && byte < 0x80
}
function skipMemoryIndex(reader) {
  const at = reader.offset
  if (reader.byte() !== 0x00) throw new FeatureRefusal('multiple memories', at)
}
function skipMemoryArgument(reader) {
  const at = reader.offset
  // Bit 6 of the alignment says that a memory index follows.
  if (reader.u32() >= 0x40) throw new FeatureRefusal('multiple memories', at)
  reader.skipInteger(32)
}
//# sourceMappingURL=walk.js.map
