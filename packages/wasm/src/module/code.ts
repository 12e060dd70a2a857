import { ByteReader } from '@ipvm/wit/component'
import { localsMax } from '../limits.ts'
import type { Body } from './core-module.ts'
import { FeatureRefusal } from './feature.ts'
import { readReferenceType, readValueType } from './value-type.ts'
import { walkExpression } from './walk.ts'

/**
 * A constant expression. Newer engines let it refer to any global before it, older ones to imported globals only:
 * profile 1 is the latter.
 */
export function readConstant(reader: ByteReader, importedGlobals: number): void {
  walkExpression(reader, (instruction, start) => {
    if (instruction.name !== 'global.get') return
    const index = new ByteReader(reader.bytes, start + 1, reader.end).u32()
    if (index >= importedGlobals) throw new FeatureRefusal('constants that refer to globals of the module', start)
  })
}

/** One element segment, in each of its eight forms. */
export function readElementSegment(reader: ByteReader, importedGlobals: number): void {
  const at = reader.offset
  const form = reader.u32()
  if (form > 7) reader.fail('an unknown form of element segment', at)
  const isActive = (form & 1) === 0
  if (isActive && (form & 2) !== 0) reader.u32()
  if (isActive) readConstant(reader, importedGlobals)
  if (form >= 4) {
    if (form !== 4) readReferenceType(reader)
    reader.vector(entry => readConstant(entry, importedGlobals))
    return
  }
  if (form !== 0 && reader.byte() !== 0x00) reader.fail('an unknown kind of element', reader.offset - 1)
  reader.vector(entry => entry.skipInteger(32))
}

/** One data segment. */
export function readDataSegment(reader: ByteReader, importedGlobals: number): void {
  const at = reader.offset
  const form = reader.u32()
  if (form > 2) reader.fail('an unknown form of data segment', at)
  if (form === 2 && reader.u32() !== 0) throw new FeatureRefusal('multiple memories', at)
  if (form !== 1) readConstant(reader, importedGlobals)
  reader.skip(reader.u32())
}

/** The code of one function, which fills the reader. */
export function readCode(reader: ByteReader): { readonly body: Body; readonly growsTables: boolean } {
  const start = reader.offset
  let locals = 0
  for (let left = reader.count(); left > 0; left--) {
    locals += reader.u32()
    if (locals > localsMax) reader.fail(`more than ${localsMax} locals`)
    readValueType(reader)
  }
  const grows: number[] = []
  let growsTables = false
  walkExpression(reader, (instruction, at) => {
    if (instruction.name === 'memory.grow') grows.push(at)
    else if (instruction.name === 'table.grow') growsTables = true
  })
  if (!reader.done) reader.fail('more bytes in a function than its code')
  return { body: { start, end: reader.end, grows }, growsTables }
}
