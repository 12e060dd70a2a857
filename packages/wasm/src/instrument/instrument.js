import { ByteReader } from '@ipvm/wit/component'
import { bytesPerGas, gasPerEntry, gasPerPage } from '../gas/cost.js'
import { Additions, importsCap, memoryCap, tableCap } from './additions.js'
import { BodyRewriter } from './body.js'
import { CodeBuffer } from './code-buffer.js'
import { helperBody, helperType } from './helper.js'
import { ByteWriter } from './writer.js'
/** Sections in the order in which they must stand: the data count comes before the code. */
const sectionOrder = [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11]
/**
 * Rewrites a module so that it counts its gas and its stack, obeys the caps and quotas, and computes the same NaNs
 * everywhere (docs/gas.md). Custom sections are left out: what they say about code offsets would be wrong. Code that is
 * malformed or outside the profile throws `Refusal` or `FeatureRefusal`.
 */
export function instrument(module) {
  const additions = new Additions(module)
  const meter = meterNames(module)
  const rewriting = { module, additions, meter, code: rewriteCode(module, additions) }
  const out = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  for (const id of sectionOrder) {
    const section = module.sections.find(candidate => candidate.id === id)
    const content = rewriteSection(id, section, rewriting)
    if (content) out.bytes(id).sized(content)
  }
  const growsTables = additions.helpers.some(helper => helper.startsWith('grow table'))
  return { bytes: out.join(), meter, gas: instantiationGas(module), growsTables }
}
function instantiationGas({ memory, segments }) {
  const pages = memory && !memory.imported ? memory.extent.min : 0
  return pages * gasPerPage + Math.floor(segments.bytes / bytesPerGas) + segments.entries * gasPerEntry
}
function meterNames(module) {
  const namespaces = new Set(module.imports.map(imported => imported.module))
  const free = (name, taken) => (taken.has(name) ? free(`${name}'`, taken) : name)
  return {
    namespace: free('ipvm:meter', namespaces),
    importsCap: importsCap(module),
    gas: free('ipvm:gas', module.exports),
    start: module.start === undefined ? undefined : free('ipvm:start', module.exports),
  }
}
function rewriteSection(id, section, rewriting) {
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
function addedImports({ meter, additions }) {
  const { namespace } = meter
  const out = new ByteWriter()
  out.name(namespace).name('pool').bytes(0x03, 0x7e, 0x01)
  out.name(namespace).name('depth').bytes(0x03, 0x7f, 0x01)
  out.name(namespace).name('pages').bytes(0x03, 0x7f, 0x01)
  return additions.shift === 4 ? out.name(namespace).name('cap').bytes(0x03, 0x7f, 0x00) : out
}
/** A section with entries added at its end. */
function extended(module, section, [count, entries]) {
  if (!section) return new ByteWriter().u32(count).piece(entries.join())
  const reader = new ByteReader(module.bytes, section.start, section.end)
  const before = reader.u32()
  return new ByteWriter()
    .u32(before + count)
    .piece(module.bytes.subarray(reader.offset, section.end))
    .piece(entries.join())
}
function rewriteTables(module, section) {
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
function rewriteMemory({ memory }) {
  if (!memory || memory.imported) return new ByteWriter().u32(0)
  return new ByteWriter().bytes(1, 0x01).u32(memory.extent.min).u32(memoryCap(memory.extent))
}
/** The exports, those of globals under their new indices. */
function rewriteExports({ module, meter, additions }, section) {
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
function rewriteCode(module, additions) {
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
//# sourceMappingURL=instrument.js.map
