import type { ByteReader } from '@ipvm/wit/component'
import { exportsMax, memoryPagesMax, paramsMax, tableEntriesMax, typesMax } from '../limits.ts'
import type { CoreExtern, CoreImport, Extent, FunctionSignature, TableType, ValueType } from './core-module.ts'
import { FeatureRefusal } from './feature.ts'
import { readReferenceType, readValueType } from './value-type.ts'

const sorts = ['core func', 'core table', 'core memory', 'core global'] as const

/** The type section: function types only. */
export function readFunctionTypes(section: ByteReader): FunctionSignature[] {
  return section.vector(reader => {
    const at = reader.offset
    const form = reader.byte()
    if (form === 0x60) {
      return { params: reader.vector(readValueType, paramsMax), results: reader.vector(readValueType, paramsMax) }
    }
    if (form >= 0x4e && form <= 0x5f) throw new FeatureRefusal('garbage collection', at)
    return reader.fail('an unknown form of type', at)
  }, typesMax)
}

/** One entry of the import section. `typeAt` gives a function type by its index. */
export function readImport(reader: ByteReader, typeAt: (index: number) => FunctionSignature): CoreImport {
  return { module: reader.name(), name: reader.name(), extern: readExtern(reader, typeAt) }
}

function readExtern(reader: ByteReader, typeAt: (index: number) => FunctionSignature): CoreExtern {
  const at = reader.offset
  switch (reader.byte()) {
    case 0x00:
      return { sort: 'core func', type: typeAt(reader.u32()) }
    case 0x01:
      return { sort: 'core table', extent: readTable(reader) }
    case 0x02:
      return { sort: 'core memory', extent: readMemory(reader) }
    case 0x03:
      return { sort: 'core global', type: readGlobalType(reader) }
    case 0x04:
      throw new FeatureRefusal('exceptions', at)
    default:
      return reader.fail('an unknown sort of import', at)
  }
}

/** A table's type. */
export function readTable(reader: ByteReader): TableType {
  const at = reader.offset
  if (reader.peek() === 0x40) throw new FeatureRefusal('typed function references', at)
  const element = readReferenceType(reader)
  const extent = readExtent(reader)
  if (extent.min > tableEntriesMax) throw new FeatureRefusal(`a table of more than ${tableEntriesMax} entries`, at)
  return { ...extent, element }
}

/** A memory's type. */
export function readMemory(reader: ByteReader): Extent {
  const at = reader.offset
  const extent = readExtent(reader)
  if (extent.min > memoryPagesMax) throw new FeatureRefusal(`a memory of more than ${memoryPagesMax} pages`, at)
  return extent
}

function readExtent(reader: ByteReader): Extent {
  const at = reader.offset
  const flags = reader.byte()
  if ((flags & 0x02) !== 0 && flags < 0x10) throw new FeatureRefusal('shared memory', at)
  if ((flags & 0x04) !== 0 && flags < 0x10) throw new FeatureRefusal('memory64', at)
  if ((flags & 0x08) !== 0 && flags < 0x10) throw new FeatureRefusal('custom page sizes', at)
  if (flags > 1) reader.fail('unknown limits', at)
  return { min: reader.u32(), max: flags === 1 ? reader.u32() : undefined }
}

/** A global's type; its mutability is the engine's business. */
export function readGlobalType(reader: ByteReader): ValueType {
  const type = readValueType(reader)
  if (reader.byte() > 1) reader.fail('an unknown mutability', reader.offset - 1)
  return type
}

/** The export section, into a map. */
export function readExports(
  section: ByteReader,
  exports: Map<string, CoreExtern>,
  externAt: (sort: CoreExtern['sort'], index: number) => CoreExtern,
): void {
  section.vector(reader => {
    const name = reader.name()
    if (exports.has(name)) reader.fail(`two exports named ${name}`)
    const at = reader.offset
    const code = reader.byte()
    if (code === 0x04) throw new FeatureRefusal('exceptions', at)
    exports.set(name, externAt(sorts[code] ?? reader.fail('an unknown sort of export', at), reader.u32()))
  }, exportsMax)
}
