import { ByteReader } from '@ipvm/wit/binary'
import { join, leb, sectionsOf, withSections, type Section } from './section.ts'

const sectionId = { import: 2, export: 7, code: 10 } as const
const kind = { function: 0, table: 1, memory: 2, global: 3 } as const
const needed = ['cabi_realloc', 'wit_dylib_push_string', 'wit_dylib_pop_string'] as const

/**
 * The runtime of QuickJS turns 64-bit integers into numbers, and loses what 53 bits do not hold. Here the four functions that
 * do so pass them as text instead: 16 letters of four bits each, the lowest first, which the guest's side turns into
 * bigints. Undefined for a module that is not the runtime.
 */
export function patchRuntime(module: Uint8Array): Uint8Array | undefined {
  const sections = sectionsOf(module)
  const exports = exportsOf(sections)
  const [realloc, pushString, popString] = needed.map(name => exports.get(name))
  const imports = importsOf(sections)
  if (realloc === undefined || pushString === undefined || popString === undefined) return undefined
  if (imports.stackPointer === undefined) return undefined
  const bodies = new Map<number, Uint8Array>()
  for (const integer of ['u64', 's64']) {
    const [push, pop] = [exports.get(`wit_dylib_push_${integer}`), exports.get(`wit_dylib_pop_${integer}`)]
    if (push === undefined || pop === undefined) return undefined
    bodies.set(push - imports.functions, pushBody(realloc, pushString))
    bodies.set(pop - imports.functions, popBody(imports.stackPointer, popString))
  }
  return withSections(
    module,
    sections.map(section =>
      section.id === sectionId.code ? { ...section, payload: withBodies(section.payload, bodies) } : section,
    ),
  )
}

function exportsOf(sections: readonly Section[]): ReadonlyMap<string, number> {
  const payload = sections.find(({ id }) => id === sectionId.export)?.payload
  const found = new Map<string, number>()
  if (!payload) return found
  const reader = new ByteReader(payload)
  for (let left = reader.u32(); left > 0; left--) {
    const name = nameOf(reader)
    const isFunction = reader.byte() === kind.function
    const index = reader.u32()
    if (isFunction) found.set(name, index)
  }
  return found
}

/** How many functions a module imports, and which of its globals is the pointer of the stack in its memory. */
function importsOf(sections: readonly Section[]): { readonly functions: number; readonly stackPointer?: number } {
  const payload = sections.find(({ id }) => id === sectionId.import)?.payload
  const reader = new ByteReader(payload ?? Uint8Array.of(0))
  let functions = 0
  let globals = 0
  let stackPointer: number | undefined
  for (let left = reader.u32(); left > 0; left--) {
    nameOf(reader)
    const name = nameOf(reader)
    const sort = reader.byte()
    if (sort === kind.function) {
      reader.u32()
      functions++
    } else if (sort === kind.global) {
      reader.offset += 2
      if (name === '__stack_pointer') stackPointer = globals
      globals++
    } else {
      if (sort === kind.table) reader.byte()
      const hasMost = (reader.byte() & 1) === 1
      reader.u32()
      if (hasMost) reader.u32()
    }
  }
  return stackPointer === undefined ? { functions } : { functions, stackPointer }
}

function nameOf(reader: ByteReader): string {
  const length = reader.u32()
  reader.offset += length
  return new TextDecoder().decode(reader.bytes.subarray(reader.offset - length, reader.offset))
}

function withBodies(code: Uint8Array, bodies: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const reader = new ByteReader(code)
  const count = reader.u32()
  const pieces = [leb(count)]
  for (let index = 0; index < count; index++) {
    const length = reader.u32()
    const body = bodies.get(index) ?? code.subarray(reader.offset, reader.offset + length)
    pieces.push(leb(body.length), body)
    reader.offset += length
  }
  return join(pieces)
}

// Instructions (WebAssembly § Binary Format, Instructions), as many as the two functions need.
const op = {
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  call: 0x10,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i32Load8: 0x2d,
  i32Store8: 0x3a,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Ne: 0x47,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i32Wrap: 0xa7,
  i64Extend: 0xad,
} as const
const [i32, i64, empty] = [0x7f, 0x7e, 0x40]
const letterA = [0xe1, 0x00]

/** `push(call: i32, value: i64)`, with locals 2: the text, 3: how far it is written. */
function pushBody(realloc: number, pushString: number): Uint8Array {
  return Uint8Array.from([
    ...[1, 2, i32],
    ...[op.i32Const, 0, op.i32Const, 0, op.i32Const, 1, op.i32Const, 16, op.call, ...leb(realloc), op.localSet, 2],
    ...[op.loop, empty],
    ...[op.localGet, 2, op.localGet, 3, op.i32Add],
    ...[op.localGet, 1, op.i64Const, 15, op.i64And, op.i32Wrap, op.i32Const, ...letterA, op.i32Add, op.i32Store8, 0, 0],
    ...[op.localGet, 1, op.i64Const, 4, op.i64ShrU, op.localSet, 1],
    ...[op.localGet, 3, op.i32Const, 1, op.i32Add, op.localTee, 3, op.i32Const, 16, op.i32Ne, op.brIf, 0],
    op.end,
    ...[op.localGet, 0, op.localGet, 2, op.i32Const, 16, op.call, ...leb(pushString)],
    op.end,
  ])
}

/** `pop(call: i32): i64`, with locals 1: room on the stack, 2: the text, 3: how far it is read, 4: the value. */
function popBody(stackPointer: number, popString: number): Uint8Array {
  const [stack, pop] = [leb(stackPointer), leb(popString)]
  return Uint8Array.from([
    ...[2, 3, i32, 1, i64],
    ...[op.globalGet, ...stack, op.i32Const, 16, op.i32Sub, op.localTee, 1, op.globalSet, ...stack],
    ...[op.localGet, 0, op.localGet, 1, op.call, ...pop, op.drop],
    ...[op.localGet, 1, op.i32Load, 2, 0, op.localSet, 2],
    ...[op.localGet, 1, op.i32Const, 16, op.i32Add, op.globalSet, ...stack],
    ...[op.i32Const, 16, op.localSet, 3],
    ...[op.loop, empty],
    ...[op.localGet, 3, op.i32Const, 1, op.i32Sub, op.localSet, 3],
    ...[op.localGet, 4, op.i64Const, 4, op.i64Shl],
    ...[op.localGet, 2, op.localGet, 3, op.i32Add, op.i32Load8, 0, 0, op.i32Const, ...letterA, op.i32Sub, op.i64Extend],
    ...[op.i64Or, op.localSet, 4],
    ...[op.localGet, 3, op.brIf, 0],
    op.end,
    ...[op.localGet, 4],
    op.end,
  ])
}
