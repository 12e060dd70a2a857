import { ByteReader } from '@ipvm/wit/component'
import { functionBytesMax } from '../limits.js'
import { FeatureRefusal } from './feature.js'
import { readInstruction, skipImmediate } from './walk.js'
import { readReferenceType } from './value-type.js'
/** What may stand in a constant expression: those of the MVP, of reference types and of extended-const. */
const constant = /\.const$|^global\.get$|^ref\.(null|func)$|^i(32|64)\.(add|sub|mul)$|^end$/
/**
 * A constant expression. Newer engines let it refer to any global before it, older ones to imported globals only:
 * profile 1 is the latter.
 */
export function readConstant(reader, importedGlobals) {
  for (;;) {
    const start = reader.offset
    const instruction = readInstruction(reader)
    if (!constant.test(instruction.name)) reader.fail(`${instruction.name} in a constant expression`, start)
    if (instruction.name === 'end') return
    if (instruction.name === 'global.get') {
      const index = new ByteReader(reader.bytes, reader.offset, reader.end).u32()
      if (index >= importedGlobals) throw new FeatureRefusal('constants that refer to globals of the module', start)
    }
    skipImmediate(reader, instruction.immediate)
  }
}
/** One element segment, in each of its eight forms; gives how many entries it writes by itself. */
export function readElementSegment(reader, importedGlobals) {
  const at = reader.offset
  const form = reader.u32()
  if (form > 7) reader.fail('an unknown form of element segment', at)
  const isActive = (form & 1) === 0
  if (isActive && (form & 2) !== 0) reader.u32()
  if (isActive) readConstant(reader, importedGlobals)
  const entries = readElements(reader, form, importedGlobals)
  return isActive ? entries : 0
}
function readElements(reader, form, importedGlobals) {
  if (form >= 4) {
    if (form !== 4) readReferenceType(reader)
    return reader.vector(entry => readConstant(entry, importedGlobals), reader.end).length
  }
  if (form !== 0 && reader.byte() !== 0x00) reader.fail('an unknown kind of element', reader.offset - 1)
  return reader.vector(entry => entry.skipInteger(32), reader.end).length
}
/** One data segment; gives how many bytes it writes by itself. */
export function readDataSegment(reader, importedGlobals) {
  const at = reader.offset
  const form = reader.u32()
  if (form > 2) reader.fail('an unknown form of data segment', at)
  if (form === 2 && reader.u32() !== 0) throw new FeatureRefusal('multiple memories', at)
  if (form !== 1) readConstant(reader, importedGlobals)
  const size = reader.u32()
  reader.skip(size)
  return form === 1 ? 0 : size
}
/** Where the code of one function is. */
export function readBody(reader) {
  const size = reader.u32()
  if (size > functionBytesMax) reader.fail(`a function of more than ${functionBytesMax} bytes`)
  const { offset, end } = reader.slice(size)
  return { start: offset, end }
}
//# sourceMappingURL=code.js.map
