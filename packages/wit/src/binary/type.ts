import { flagsMax, labelBytesMax, nestingMax } from '../limits.ts'
import type { Declaration, LabelledReference, PrimitiveName, TypeDefinition, TypeReference } from './component.ts'
import { readAlias, readExportName, readExtern } from './extern.ts'
import type { ByteReader } from './reader.ts'

const primitives = new Map<number, PrimitiveName>([
  [0x7f, 'bool'],
  [0x7e, 's8'],
  [0x7d, 'u8'],
  [0x7c, 's16'],
  [0x7b, 'u16'],
  [0x7a, 's32'],
  [0x79, 'u32'],
  [0x78, 's64'],
  [0x77, 'u64'],
  [0x76, 'f32'],
  [0x75, 'f64'],
  [0x74, 'char'],
  [0x73, 'string'],
])

/** `type` of the binary format: a value, function, component, instance or resource type. */
export function readType(reader: ByteReader, depth: number): TypeDefinition {
  if (depth > nestingMax) reader.fail(`types nested deeper than ${nestingMax}`)
  const at = reader.offset
  switch (reader.peek()) {
    case 0x40:
      reader.byte()
      return readFunctionType(reader)
    case 0x41:
    case 0x42: {
      const kind = reader.byte() === 0x41 ? 'component' : 'instance'
      return { kind, declarations: reader.vector(entry => readDeclaration(entry, kind, depth)) }
    }
    case 0x43:
      reader.byte()
      readFunctionType(reader)
      return { kind: 'unsupported', feature: 'async functions' }
    case 0x3f:
      reader.byte()
      reader.byte()
      readOptional(reader, entry => entry.u32())
      return { kind: 'unsupported', feature: 'resources' }
    case undefined:
      return reader.fail('it is cut off', at)
    default:
      return readValueType(reader)
  }
}

function readFunctionType(reader: ByteReader): TypeDefinition {
  const params = reader.vector(readLabelled)
  const at = reader.offset
  const form = reader.byte()
  if (form === 0x00) return { kind: 'function', params, result: readReference(reader) }
  if (form !== 0x01 || reader.byte() !== 0x00) reader.fail('named results of a function', at)
  return { kind: 'function', params, result: undefined }
}

function readValueType(reader: ByteReader): TypeDefinition {
  const at = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x72:
      return { kind: 'record', fields: nonEmpty(reader, reader.vector(readLabelled), at) }
    case 0x71:
      return { kind: 'variant', cases: nonEmpty(reader, reader.vector(readCase), at) }
    case 0x70:
      return { kind: 'list', type: readReference(reader) }
    case 0x6f:
      return { kind: 'tuple', types: nonEmpty(reader, reader.vector(readReference), at) }
    case 0x6e:
      return { kind: 'flags', names: nonEmpty(reader, reader.vector(readLabel, flagsMax), at) }
    case 0x6d:
      return { kind: 'enum', names: nonEmpty(reader, reader.vector(readLabel), at) }
    case 0x69:
    case 0x68:
      return { kind: code === 0x69 ? 'own' : 'borrow', resource: reader.u32() }
    case 0x6b:
      return { kind: 'option', type: readReference(reader) }
    case 0x6a:
      return { kind: 'result', ok: readOptional(reader, readReference), error: readOptional(reader, readReference) }
    default:
      reader.offset = at
      return readUnsupported(reader) ?? { kind: 'reference', type: readReference(reader) }
  }
}

/** The value types that ipvm does not have, read over and kept by name. */
function readUnsupported(reader: ByteReader): TypeDefinition | undefined {
  const code = reader.peek()
  if (code === undefined || code < 0x63 || code > 0x67 || code === 0x64) return undefined
  reader.byte()
  if (code === 0x67) {
    readReference(reader)
    reader.u32()
    return { kind: 'unsupported', feature: 'lists of a fixed length' }
  }
  if (code === 0x63) {
    readReference(reader)
    readReference(reader)
    return { kind: 'unsupported', feature: 'maps' }
  }
  readOptional(reader, readReference)
  return { kind: 'unsupported', feature: code === 0x66 ? 'streams' : 'futures' }
}

function readReference(reader: ByteReader): TypeReference {
  const at = reader.offset
  const code = reader.s33()
  if (code >= 0) return code
  const byte = code + 0x80
  if (byte === 0x64) return { unsupported: 'error contexts' }
  return primitives.get(byte) ?? reader.fail('an unknown value type', at)
}

function readLabel(reader: ByteReader): string {
  return reader.name(labelBytesMax)
}

function readLabelled(reader: ByteReader): LabelledReference {
  return { name: readLabel(reader), type: readReference(reader) }
}

function readCase(reader: ByteReader): LabelledReference {
  const name = readLabel(reader)
  const type = readOptional(reader, readReference)
  if (reader.byte() !== 0x00) reader.fail('a variant case that refines another', reader.offset - 1)
  return { name, type }
}

function readOptional<T>(reader: ByteReader, entry: (reader: ByteReader) => T): T | undefined {
  const form = reader.byte()
  if (form > 1) reader.fail('an unknown form of an optional part', reader.offset - 1)
  return form === 1 ? entry(reader) : undefined
}

function nonEmpty<T>(reader: ByteReader, entries: T[], at: number): T[] {
  return entries.length > 0 ? entries : reader.fail('a type without parts', at)
}

function readDeclaration(reader: ByteReader, kind: 'component' | 'instance', depth: number): Declaration {
  const at = reader.offset
  const code = reader.byte()
  switch (code) {
    case 0x00:
      readCoreType(reader)
      return { kind: 'core type' }
    case 0x01:
      return { kind: 'type', type: readType(reader, depth + 1) }
    case 0x02:
      return { kind: 'alias', alias: readAlias(reader) }
    case 0x03:
      if (kind === 'instance') reader.fail('an import in an instance type', at)
      return { kind: 'import', name: readExportName(reader), extern: readExtern(reader) }
    case 0x04:
      return { kind: 'export', name: readExportName(reader), extern: readExtern(reader) }
    default:
      return reader.fail('an unknown declaration', at)
  }
}

/** Steps over a core type of a component: only types of modules that are passed around need one, and ipvm has none. */
export function readCoreType(reader: ByteReader): void {
  const at = reader.offset
  if (reader.byte() !== 0x60)
    reader.fail('a core type other than a function type (passing core modules around is not supported)', at)
  reader.vector(entry => entry.byte())
  reader.vector(entry => entry.byte())
}
