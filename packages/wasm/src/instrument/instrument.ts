import { ByteReader } from '@ipvm/wit/component'
import { instantiationGas } from '../gas/instantiation.ts'
import type { CoreModule, Section } from '../module/core-module.ts'
import { Additions, importsCap, memoryCap, tableCap } from './additions.ts'
import { BodyRewriter } from './body.ts'
import { CodeBuffer } from './code-buffer.ts'
import { helperBody, helperType } from './added-function.ts'
import { ByteWriter } from './writer.ts'

/** A module rewritten to obey the quotas, and what linking it needs to know. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly meter: MeterNames
  /** What instantiating it costs, units of gas. */
  readonly gas: number
  /** Whether any function grows a table. */
  readonly growsTables: boolean
}

/** Names that no import or export of the module has, for what the linker gives and takes. */
export interface MeterNames {
  /** The namespace of the imported globals `pool`, `depth`, `pages` and, where the memory is imported, `cap`. */
  readonly namespace: string
  readonly importsCap: boolean
  /** The export of the module's own counter. */
  readonly gas: string
  /** The export of its start function: it runs when the counter can be read. */
  readonly start: string | undefined
}

/** Sections in the order in which they must stand: the data count comes before the code. */
const sectionOrder = [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11]

/**
 * Rewrites a module so that it counts its gas and its stack, obeys the caps and quotas, and computes the same NaNs
 * everywhere (docs/gas.md). Custom sections are left out: what they say about code offsets would be wrong. Code that is
 * malformed or outside the profile throws `Refusal` or `FeatureRefusal`.
 *
 * @param name what engines call the module in their stacks (ADR 48)
 */
export function instrument(module: CoreModule, name?: string): Instrumented {
  const additions = new Additions(module)
  const meter = meterNames(module)
  const rewriting = { module, additions, meter, code: rewriteCode(module, additions) }
  const out = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  for (const id of sectionOrder) {
    const section = module.sections.find(candidate => candidate.id === id)
    const content = rewriteSection(id, section, rewriting)
    if (content) out.bytes(id).sized(content)
  }
  if (name !== undefined) out.bytes(0).sized(nameSection(name))
  const growsTables = additions.helpers.some(helper => helper.startsWith('grow table'))
  return { bytes: out.join(), meter, gas: instantiationGas(module), growsTables }
}

/** A name section that names the module alone (WebAssembly § Name Section). */
function nameSection(name: string): ByteWriter {
  return new ByteWriter().name('name').bytes(0).sized(new ByteWriter().name(name))
}

interface Rewriting {
  readonly module: CoreModule
  readonly additions: Additions
  readonly meter: MeterNames
  readonly code: CodeBuffer
}

function meterNames(module: CoreModule): MeterNames {
  const namespaces = new Set(module.imports.map(imported => imported.module))
  return {
    namespace: free('ipvm:meter', namespaces),
    importsCap: importsCap(module),
    gas: free('ipvm:gas', module.exports),
    start: module.start === undefined ? undefined : free('ipvm:start', module.exports),
  }
}

/** The name, or the first with a number behind it that is not taken. */
function free(name: string, taken: { has(name: string): boolean }): string {
  let candidate = name
  for (let i = 1; taken.has(candidate); i++) candidate = `${name} ${i}`
  return candidate
}

function rewriteSection(id: number, section: Section | undefined, rewriting: Rewriting): ByteWriter | undefined {
  const { module, additions, code } = rewriting
  switch (id) {
    case 1:
      return extended(module, section, [4, addedTypes])
    case 2:
      return extended(module, section, [additions.shift, addedImports(rewriting)])
    case 3: {
      const types = new ByteWriter()
      for (const helper of additions.helpers) types.u32(helperType(helper, module, additions))
      return extended(module, section, [additions.helpers.length, types])
    }
    case 4:
      return section && rewriteTables(module, section)
    case 5:
      return section && rewriteMemory(module)
    case 6:
      // The counter: (global (mut i64) (i64.const 0)).
      return extended(module, section, [1, new ByteWriter().bytes(0x7e, 0x01, 0x42, 0x00, 0x0b)])
    case 7:
      return rewriteExports(rewriting, section)
    case 10:
      return new ByteWriter().u32(module.bodies.length + additions.helpers.length).piece(code.view())
    default:
      return section && new ByteWriter().piece(module.bytes.subarray(section.start, section.end))
  }
}

/** (func), (func (param i32) (result i32)), and (func (param ref i32) (result i32)) for both kinds of reference. */
const addedTypes = new ByteWriter()
  .bytes(0x60, 0, 0)
  .bytes(0x60, 1, 0x7f, 1, 0x7f)
  .bytes(0x60, 2, 0x70, 0x7f, 1, 0x7f)
  .bytes(0x60, 2, 0x6f, 0x7f, 1, 0x7f)

function addedImports({ meter, additions }: Rewriting): ByteWriter {
  const { namespace } = meter
  const out = new ByteWriter()
  out.name(namespace).name('pool').bytes(0x03, 0x7e, 0x01)
  out.name(namespace).name('depth').bytes(0x03, 0x7f, 0x01)
  out.name(namespace).name('pages').bytes(0x03, 0x7f, 0x01)
  return additions.shift === 4 ? out.name(namespace).name('cap').bytes(0x03, 0x7f, 0x00) : out
}

/** A section with entries added at its end. */
function extended(
  module: CoreModule,
  section: Section | undefined,
  [count, entries]: readonly [count: number, entries: ByteWriter],
): ByteWriter {
  if (!section) return new ByteWriter().u32(count).piece(entries.join())
  const reader = new ByteReader(module.bytes, section.start, section.end)
  const before = reader.u32()
  return new ByteWriter()
    .u32(before + count)
    .piece(module.bytes.subarray(reader.offset, section.end))
    .piece(entries.join())
}

function rewriteTables(module: CoreModule, section: Section): ByteWriter {
  const out = new ByteWriter().u32(module.tables.length - module.importedTables)
  const reader = new ByteReader(module.bytes, section.start, section.end)
  reader.u32()
  for (const type of module.tables.slice(module.importedTables)) {
    out.bytes(reader.byte(), 0x01).u32(type.min).u32(tableCap(type))
    if (reader.byte() === 1) reader.u32()
    reader.u32()
  }
  return out
}

function rewriteMemory({ memory }: CoreModule): ByteWriter {
  if (!memory || memory.imported) return new ByteWriter().u32(0)
  return new ByteWriter().bytes(1, 0x01).u32(memory.extent.min).u32(memoryCap(memory.extent))
}

/** The exports, those of globals under their new indices. */
function rewriteExports({ module, meter, additions }: Rewriting, section: Section | undefined): ByteWriter {
  const added = meter.start === undefined ? 1 : 2
  const out = new ByteWriter().u32(module.exports.size + added)
  if (section) {
    const reader = new ByteReader(module.bytes, section.start, section.end)
    reader.vector(entry => {
      const start = entry.offset
      entry.skip(entry.u32())
      out.piece(module.bytes.subarray(start, entry.offset))
      const sort = entry.byte()
      const index = entry.u32()
      out.bytes(sort).u32(sort === 0x03 ? additions.global(index) : index)
    }, section.end)
  }
  out.name(meter.gas).bytes(0x03).u32(additions.gas)
  if (meter.start !== undefined && module.start !== undefined) out.name(meter.start).bytes(0x00).u32(module.start)
  return out
}

function rewriteCode(module: CoreModule, additions: Additions): CodeBuffer {
  // Rewritten code is half as long again.
  const out = new CodeBuffer(Math.ceil(module.bytes.length * 1.5))
  const rewriter = new BodyRewriter(module, additions, out)
  const defined = module.functions.slice(module.importedFunctions)
  if (defined.length !== module.bodies.length) {
    new ByteReader(module.bytes).fail(`${defined.length} functions, and code of ${module.bodies.length}`)
  }
  module.bodies.forEach((body, i) => {
    const signature = defined[i]
    if (signature) rewriter.rewrite(body, signature)
  })
  // A helper may need another one, which is then the next.
  for (let i = 0; i < additions.helpers.length; i++) {
    const helper = additions.helpers[i]
    if (!helper) continue
    const body = helperBody(helper, module, additions)
    out.u32(body.length).append(body)
  }
  return out
}
