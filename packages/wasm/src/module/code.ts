import { ByteReader } from '@ipvm/wit/component'
import type { Body } from './core-module.ts'
import { functionBytesMax } from '../limits.ts'
import { FeatureRefusal } from './feature.ts'
import { readInstruction, skipImmediate } from './walk.ts'
import { readReferenceType } from './value-type.ts'

/** What may stand in a constant expression: those of the MVP, of reference types and of extended-const. */
const constant = /\.const$|^global\.get$|^ref\.(null|func)$|^i(32|64)\.(add|sub|mul)$|^end$/

/**
 * A constant expression; gives its length in bytes. Newer engines let it refer to any global before it, older ones to imported globals only:
 * profile 1 is the latter.
 */
export function readConstant(reader: ByteReader, importedGlobals: number): number {
  const from = reader.offset
  for (;;) {
    const start = reader.offset
    const instruction = readInstruction(reader)
    if (!constant.test(instruction.name)) reader.fail(`${instruction.name} in a constant expression`, start)
    if (instruction.name === 'end') return reader.offset - from
    if (instruction.name === 'global.get') {
      const index = new ByteReader(reader.bytes, reader.offset, reader.end).u32()
      if (index >= importedGlobals) throw new FeatureRefusal('constants that refer to globals of the module', start)
    }
    skipImmediate(reader, instruction.immediate)
  }
}

/** What a segment holds: entries or bytes, and the bytes of its constant expressions. */
export interface Segment {
  readonly size: number
  readonly constants: number
}

/** One element segment, in each of its eight forms. An engine may make the entries of a passive one at any time. */
export function readElementSegment(reader: ByteReader, importedGlobals: number): Segment {
  const at = reader.offset
  const form = reader.u32()
  if (form > 7) reader.fail('an unknown form of element segment', at)
  const isActive = (form & 1) === 0
  if (isActive && (form & 2) !== 0) reader.u32()
  const offset = isActive ? readConstant(reader, importedGlobals) : 0
  const { size, constants } = readElements(reader, form, importedGlobals)
  return { size, constants: offset + constants }
}

function readElements(reader: ByteReader, form: number, importedGlobals: number): Segment {
  if (form >= 4) {
    if (form !== 4) readReferenceType(reader)
    let constants = 0
    const entries = reader.vector(entry => {
      constants += readConstant(entry, importedGlobals)
    }, reader.end)
    return { size: entries.length, constants }
  }
  if (form !== 0 && reader.byte() !== 0x00) reader.fail('an unknown kind of element', reader.offset - 1)
  return { size: reader.vector(entry => entry.skipInteger(32), reader.end).length, constants: 0 }
}

/** One data segment; its size is what it writes by itself. */
export function readDataSegment(reader: ByteReader, importedGlobals: number): Segment {
  const at = reader.offset
  const form = reader.u32()
  if (form > 2) reader.fail('an unknown form of data segment', at)
  if (form === 2 && reader.u32() !== 0) throw new FeatureRefusal('multiple memories', at)
  const constants = form === 1 ? 0 : readConstant(reader, importedGlobals)
  const size = reader.u32()
  reader.skip(size)
  return { size: form === 1 ? 0 : size, constants }
}

/** Where the code of one function is. */
export function readBody(reader: ByteReader): Body {
  const size = reader.u32()
  if (size > functionBytesMax) reader.fail(`a function of more than ${functionBytesMax} bytes`)
  const { offset, end } = reader.slice(size)
  return { start: offset, end }
}
