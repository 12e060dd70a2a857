import type { Failure, Result } from '@ipvm/ipld'
import { componentBytesMax, nestingMax } from '../limits.ts'
import { readCanon } from './canon.ts'
import type { Component, Definition, NamedIndex } from './component.ts'
import { readAlias, readCoreSortIndex, readExportName, readExtern, readSortIndex } from './extern.ts'
import { ByteReader, Refusal } from './reader.ts'
import { readCoreType, readType } from './type.ts'

/** The bytes are neither a component nor a core module; `offset` is where the first problem stands. */
export interface MalformedComponent extends Failure {
  readonly name: 'MalformedComponent'
  readonly offset: number
}

const magic = [0x00, 0x61, 0x73, 0x6d]

/**
 * Reads a component binary (Component Model § Binary Format, version 0x0d, layer 1) to its definitions.
 * Core modules are left as byte ranges. Features that ipvm does not have are kept as definitions by their name:
 * whether they matter is decided when the component is linked.
 */
export function readComponent(bytes: Uint8Array): Result<Component, MalformedComponent> {
  const layer = readPreamble(bytes)
  if ('error' in layer) return layer
  if (layer.ok === 'core module') return { error: refusal('a core module, where a component must be') }
  try {
    return { ok: readDefinitions(new ByteReader(bytes), 0) }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformedComponent(thrown.problem, thrown.offset) }
    throw thrown
  }
}

/** The failure for a component with a problem at an offset. */
export function malformedComponent(problem: string, offset: number): MalformedComponent {
  return { name: 'MalformedComponent', message: `not a valid component: ${problem}, at byte ${offset}`, offset }
}

function refusal(message: string): MalformedComponent {
  return { name: 'MalformedComponent', message, offset: 0 }
}

/** Which kind of Wasm binary it is, by its first bytes. */
export function readPreamble(bytes: Uint8Array): Result<'component' | 'core module', MalformedComponent> {
  const refuse = (message: string): { error: MalformedComponent } => ({ error: refusal(message) })
  const head = [...bytes.subarray(0, 8)]
  if (magic.some((byte, i) => head[i] !== byte)) {
    // Not what it begins with: whoever names it as a program may not be let read it (ADR 129).
    const problem = head.length === 0 ? 'it is empty' : 'it does not begin with 00 61 73 6d, as one does'
    return refuse(`not a Wasm binary: ${problem}; give the file that a compiler made`)
  }
  if (head.length < 8) return refuse('a Wasm binary that is cut off after its first bytes; fetch or build it again')
  const layer = (head[6] ?? 0) | ((head[7] ?? 0) << 8)
  const version = (head[4] ?? 0) | ((head[5] ?? 0) << 8)
  const kind = layer === 0 && version === 1 ? 'core module' : layer === 1 && version === 0x0d ? 'component' : undefined
  if (!kind) {
    return refuse(
      `a Wasm binary of layer ${layer} and version ${version}; ipvm runs core modules (layer 0, version 1) and components (layer 1, version 13): build it with current tools`,
    )
  }
  if (bytes.length > componentBytesMax) {
    return refuse(`a ${kind} of ${bytes.length} bytes; ipvm reads at most ${componentBytesMax}`)
  }
  return { ok: kind }
}

function readDefinitions(reader: ByteReader, depth: number): Component {
  if (depth > nestingMax) reader.fail(`components nested deeper than ${nestingMax}`)
  readNestedPreamble(reader)
  const definitions: Definition[] = []
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const section = reader.slice(reader.u32())
    readSection(id, section, definitions, depth, start)
    if (!section.done) section.fail(`more bytes in section ${id} than its entries`)
  }
  return { definitions }
}

function readNestedPreamble(reader: ByteReader): void {
  const start = reader.offset
  const head = [...magic, 0x0d, 0x00, 0x01, 0x00]
  if (head.some(expected => reader.byte() !== expected)) reader.fail('a nested component without its preamble', start)
}

function readSection(id: number, section: ByteReader, definitions: Definition[], depth: number, start: number): void {
  const offset = section.offset
  const entry = entryReaders.get(id)
  if (entry) {
    for (let left = section.count(); left > 0; left--) definitions.push(entry(section, depth))
    return
  }
  switch (id) {
    case 0:
      section.name()
      section.skip(section.end - section.offset)
      return
    case 1:
      section.skip(section.end - section.offset)
      definitions.push({ kind: 'core module', range: { start: offset, end: section.end }, offset })
      return
    case 4:
      definitions.push({ kind: 'component', component: readDefinitions(section, depth + 1), offset })
      return
    case 9:
    case 12:
      section.skip(section.end - section.offset)
      definitions.push({ kind: 'unsupported', feature: 'values and start functions', sort: undefined, offset })
      return
    default:
      section.fail(`an unknown section ${id}`, start)
  }
}

/** The sections that are vectors: how one entry is read. */
const entryReaders = new Map<number, (reader: ByteReader, depth: number) => Definition>([
  [2, readCoreInstance],
  [3, readCoreTypeDefinition],
  [5, readInstance],
  [6, reader => ({ offset: reader.offset, kind: 'alias', alias: readAlias(reader) })],
  [7, (reader, depth) => ({ offset: reader.offset, kind: 'type', type: readType(reader, depth) })],
  [8, readCanon],
  [10, readImport],
  [11, readExport],
])

function readCoreTypeDefinition(reader: ByteReader): Definition {
  const offset = reader.offset
  readCoreType(reader)
  return { kind: 'core type', offset }
}

function readImport(reader: ByteReader): Definition {
  const offset = reader.offset
  return { kind: 'import', name: readExportName(reader), extern: readExtern(reader), offset }
}

function readCoreInstance(reader: ByteReader): Definition {
  const offset = reader.offset
  const form = reader.byte()
  if (form === 0x00) {
    const module = reader.u32()
    const args = reader.vector<NamedIndex>(arg => {
      const name = arg.name()
      if (arg.byte() !== 0x12) arg.fail('a core module argument that is not an instance', arg.offset - 1)
      return { name, sort: 'core instance', index: arg.u32() }
    })
    return { kind: 'core instance', module, args, offset }
  }
  if (form !== 0x01) reader.fail('an unknown form of core instance', offset)
  const exports = reader.vector(entry => ({ name: entry.name(), ...readCoreSortIndex(entry) }))
  return { kind: 'core instance exports', exports, offset }
}

function readInstance(reader: ByteReader): Definition {
  const offset = reader.offset
  const form = reader.byte()
  if (form === 0x00) {
    const component = reader.u32()
    const args = reader.vector(arg => ({ name: arg.name(), ...readSortIndex(arg) }))
    return { kind: 'instance', component, args, offset }
  }
  if (form !== 0x01) reader.fail('an unknown form of instance', offset)
  const exports = reader.vector(entry => ({ name: readExportName(entry), ...readSortIndex(entry) }))
  return { kind: 'instance exports', exports, offset }
}

function readExport(reader: ByteReader): Definition {
  const offset = reader.offset
  const name = readExportName(reader)
  const of = readSortIndex(reader)
  const ascribed = reader.byte()
  if (ascribed > 1) reader.fail('an unknown form of export', reader.offset - 1)
  if (ascribed === 1) readExtern(reader)
  return { kind: 'export', name, of, offset }
}
