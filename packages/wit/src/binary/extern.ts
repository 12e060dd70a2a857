import type { Alias, CoreSort, Extern, Sort, SortIndex } from './component.ts'
import type { ByteReader } from './reader.ts'

const coreSorts = new Map<number, CoreSort>([
  [0x00, 'core func'],
  [0x01, 'core table'],
  [0x02, 'core memory'],
  [0x03, 'core global'],
  [0x10, 'core type'],
  [0x11, 'core module'],
  [0x12, 'core instance'],
])

const sorts = new Map<number, Sort>([
  [0x01, 'func'],
  [0x02, 'value'],
  [0x03, 'type'],
  [0x04, 'component'],
  [0x05, 'instance'],
])

function readCoreSort(reader: ByteReader): CoreSort {
  const at = reader.offset
  return coreSorts.get(reader.byte()) ?? reader.fail('an unknown core sort', at)
}

function readSort(reader: ByteReader): Sort {
  const at = reader.offset
  const code = reader.byte()
  if (code === 0x00) return readCoreSort(reader)
  return sorts.get(code) ?? reader.fail('an unknown sort', at)
}

/** `core:sortidx` of the binary format. */
export function readCoreSortIndex(reader: ByteReader): SortIndex {
  return { sort: readCoreSort(reader), index: reader.u32() }
}

/** `sortidx` of the binary format. */
export function readSortIndex(reader: ByteReader): SortIndex {
  return { sort: readSort(reader), index: reader.u32() }
}

/** The name of an import or export, in each of its encodings; attributes are read over. */
export function readExportName(reader: ByteReader): string {
  const at = reader.offset
  const form = reader.byte()
  if (form > 2) reader.fail('an unknown form of name', at)
  const name = reader.name()
  if (form === 2) {
    reader.vector(attribute => {
      if (attribute.byte() > 2) attribute.fail('an unknown attribute of a name', attribute.offset - 1)
      attribute.name()
    })
  }
  return name
}

/** `alias` of the binary format. */
export function readAlias(reader: ByteReader): Alias {
  const sort = readSort(reader)
  const at = reader.offset
  switch (reader.byte()) {
    case 0x00:
      return { sort, target: 'export', instance: reader.u32(), name: reader.name() }
    case 0x01:
      return { sort, target: 'core export', instance: reader.u32(), name: reader.name() }
    case 0x02:
      return { sort, target: 'outer', count: reader.u32(), index: reader.u32() }
    default:
      return reader.fail('an unknown form of alias', at)
  }
}

/** `externtype` of the binary format. */
export function readExtern(reader: ByteReader): Extern {
  const at = reader.offset
  switch (reader.byte()) {
    case 0x00:
      if (reader.byte() !== 0x11) reader.fail('an unknown type of import or export', at)
      return { sort: 'core module', type: reader.u32() }
    case 0x01:
      return { sort: 'func', type: reader.u32() }
    case 0x02:
      reader.byte()
      reader.skipInteger(33)
      return { sort: 'value' }
    case 0x03:
      return readTypeBound(reader)
    case 0x04:
      return { sort: 'component', type: reader.u32() }
    case 0x05:
      return { sort: 'instance', type: reader.u32() }
    default:
      return reader.fail('an unknown type of import or export', at)
  }
}

function readTypeBound(reader: ByteReader): Extern {
  const bound = reader.byte()
  if (bound === 0x00) return { sort: 'type', equal: reader.u32() }
  if (bound !== 0x01) reader.fail('an unknown bound of a type', reader.offset - 1)
  return { sort: 'resource' }
}
