import { ByteReader } from '@ipvm/wit/component'
import { memoryPagesMax, tableEntriesMax } from '../limits.ts'
import type { Body, CoreModule, Extent, Section } from '../module/core-module.ts'
import { guardBody, guardIndices, guardNames, type Guard, type GuardIndices } from './guard.ts'
import { ByteWriter } from './writer.ts'

/** A module rewritten to obey the memory quota. `guard` is there if it grows its memory. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly guard: Guard | undefined
}

/** Sections in the order in which they must stand: the data count comes before the code. */
const sectionOrder = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]

/**
 * Rewrites a module so that its memory and tables end at the caps of the profile, and every growth of its memory asks
 * the quota first. Custom sections are left out: what they say about code offsets would be wrong.
 */
export function instrument(module: CoreModule): Instrumented {
  const guarded = module.bodies.some(body => body.grows.length > 0)
  const guard = guarded ? guardNames(module) : undefined
  const indices = guardIndices(module)
  const sections = new Map(module.sections.map(section => [section.id, section]))
  const out = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  for (const id of sectionOrder) {
    const content = rewriteSection(id, { module, guard, indices, section: sections.get(id) })
    if (content) out.bytes(id).sized(content)
  }
  return { bytes: out.join(), guard }
}

interface Rewriting {
  readonly module: CoreModule
  readonly guard: Guard | undefined
  readonly indices: GuardIndices
  readonly section: Section | undefined
}

function rewriteSection(id: number, rewriting: Rewriting): ByteWriter | undefined {
  const { module, guard, indices, section } = rewriting
  if (id === 4) return rewriteTables(rewriting)
  if (id === 5) return section && rewriteMemory(module)
  if (id === 8) return guard ? undefined : section && copied(module, section)
  if (!guard) return section && copied(module, section)
  switch (id) {
    case 1:
      // (func (param i32) (result i32)) and (func (param i32)).
      return appended(rewriting, 2, new ByteWriter().bytes(0x60, 1, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 0))
    case 3:
      return appended(rewriting, 1, new ByteWriter().u32(indices.growType))
    case 6: {
      const cap = memoryCap(module.memory?.extent)
      return appended(rewriting, 1, new ByteWriter().bytes(0x7f, 0x01, 0x41).s32(cap).bytes(0x0b))
    }
    case 7:
      return appended(rewriting, guard.start === undefined ? 2 : 3, guardExports(module, guard, indices))
    case 10:
      return rewriteCode(module, indices)
    default:
      return section && copied(module, section)
  }
}

/** The largest a memory of this type may become, pages. */
export function memoryCap(extent: Extent | undefined): number {
  return Math.min(extent?.max ?? memoryPagesMax, memoryPagesMax)
}

function copied(module: CoreModule, section: Section): ByteWriter {
  return new ByteWriter().piece(module.bytes.subarray(section.start, section.end))
}

/** A section with `count` entries added at its end. */
function appended({ module, section }: Rewriting, count: number, entries: ByteWriter): ByteWriter {
  if (!section) return new ByteWriter().u32(count).piece(entries.join())
  const reader = new ByteReader(module.bytes, section.start, section.end)
  const before = reader.u32()
  return new ByteWriter()
    .u32(before + count)
    .piece(module.bytes.subarray(reader.offset, section.end))
    .piece(entries.join())
}

function guardExports(module: CoreModule, guard: Guard, indices: GuardIndices): ByteWriter {
  const entries = new ByteWriter().name(guard.table).bytes(0x01).u32(indices.table)
  entries.name(guard.cap).bytes(0x03).u32(indices.cap)
  if (guard.start !== undefined && module.start !== undefined) entries.name(guard.start).bytes(0x00).u32(module.start)
  return entries
}

function rewriteTables({ module, guard, section }: Rewriting): ByteWriter | undefined {
  const own = module.tables.length - module.importedTables
  if (!section && !guard) return undefined
  const out = new ByteWriter().u32(own + (guard ? 1 : 0))
  if (section) {
    const reader = new ByteReader(module.bytes, section.start, section.end)
    reader.u32()
    for (const extent of module.tables.slice(module.importedTables)) {
      out
        .bytes(reader.byte(), 0x01)
        .u32(extent.min)
        .u32(Math.min(extent.max ?? tableEntriesMax, tableEntriesMax))
      if (reader.byte() === 1) reader.u32()
      reader.u32()
    }
  }
  if (guard) out.bytes(0x70, 0x01, 1, 1)
  return out
}

function rewriteMemory(module: CoreModule): ByteWriter {
  const { memory } = module
  if (!memory || memory.imported) return new ByteWriter().u32(0)
  return new ByteWriter().bytes(1, 0x01).u32(memory.extent.min).u32(memoryCap(memory.extent))
}

function rewriteCode(module: CoreModule, indices: GuardIndices): ByteWriter {
  const out = new ByteWriter().u32(module.bodies.length + 1)
  for (const body of module.bodies) out.sized(rewriteBody(module, body, indices.func))
  return out.sized(guardBody(indices))
}

function rewriteBody(module: CoreModule, body: Body, grow: number): ByteWriter {
  const out = new ByteWriter()
  let from = body.start
  for (const at of body.grows) {
    out.piece(module.bytes.subarray(from, at)).bytes(0x10).u32(grow)
    from = at + 2
  }
  return out.piece(module.bytes.subarray(from, body.end))
}
