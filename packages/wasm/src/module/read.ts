import { ByteReader } from '@ipvm/wit/component'
import { functionsMax, globalsMax, importsMax, segmentsMax, tablesMax } from '../limits.ts'
import type {
  Body,
  CoreExtern,
  CoreImport,
  CoreModule,
  Extent,
  FunctionSignature,
  Section,
  TableType,
  ValueType,
} from './core-module.ts'
import { readBody, readConstant, readDataSegment, readElementSegment, type Segment } from './code.ts'
import { FeatureRefusal } from './feature.ts'
import { readExports, readFunctionTypes, readGlobalType, readImport, readMemory, readTable } from './section.ts'

/**
 * Reads a core module but for the code of its functions, which is read when it is rewritten. What is malformed or outside
 * the profile throws `Refusal` or `FeatureRefusal`; types are not checked.
 */
export function readCoreModule(bytes: Uint8Array): CoreModule {
  return new ModuleReader(bytes).read()
}

class ModuleReader {
  readonly #bytes: Uint8Array
  readonly #sections: Section[] = []
  readonly #imports: CoreImport[] = []
  readonly #tables: TableType[] = []
  readonly #exports = new Map<string, CoreExtern>()
  readonly #functions: FunctionSignature[] = []
  readonly #bodies: Body[] = []
  #types: FunctionSignature[] = []
  #importedTables = 0
  #importedGlobals = 0
  readonly #globals: ValueType[] = []
  #memories = 0
  #memory: CoreModule['memory']
  #start: number | undefined
  #importedFunctions = 0
  #segments = 0
  #segmentBytes = 0
  #segmentEntries = 0
  #constantBytes = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  read(): CoreModule {
    const reader = new ByteReader(this.#bytes)
    const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
    if (head.some(expected => reader.byte() !== expected)) reader.fail('it does not begin as one', 0)
    while (!reader.done) {
      const id = reader.byte()
      const section = reader.slice(reader.u32())
      if (id === 0) continue
      this.#sections.push({ id, start: section.offset, end: section.end })
      this.#readSection(id, section)
      if (!section.done) section.fail(`more bytes in section ${id} than its entries`)
    }
    return {
      bytes: this.#bytes,
      sections: this.#sections,
      types: this.#types,
      imports: this.#imports,
      functions: this.#functions,
      importedFunctions: this.#importedFunctions,
      tables: this.#tables,
      importedTables: this.#importedTables,
      memory: this.#memory,
      globals: this.#globals,
      importedGlobals: this.#importedGlobals,
      exports: this.#exports,
      start: this.#start,
      bodies: this.#bodies,
      segments: { count: this.#segments, bytes: this.#segmentBytes, entries: this.#segmentEntries },
      constantBytes: this.#constantBytes,
    }
  }

  #readSection(id: number, section: ByteReader): void {
    switch (id) {
      case 1:
        this.#types = readFunctionTypes(section)
        return
      case 2:
        section.vector(reader => this.#addImport(readImport(reader, index => this.#type(index, reader))), importsMax)
        return
      case 3:
        section.vector(reader => this.#functions.push(this.#type(reader.u32(), reader)), functionsMax)
        return
      case 4:
        section.vector(reader => this.#tables.push(readTable(reader)), tablesMax)
        return
      case 5:
        section.vector(reader => this.#addMemory(readMemory(reader), false, reader))
        return
      case 6:
        section.vector(reader => {
          this.#globals.push(readGlobalType(reader))
          this.#constantBytes += readConstant(reader, this.#importedGlobals)
        }, globalsMax)
        return
      case 7:
        readExports(section, this.#exports, (sort, index) => this.#extern(sort, index, section))
        return
      case 8:
        this.#start = section.u32()
        return
      case 9:
        section.vector(reader => {
          this.#segmentEntries += this.#addSegment(readElementSegment(reader, this.#importedGlobals))
        }, segmentsMax)
        return
      case 10:
        section.vector(reader => this.#bodies.push(readBody(reader)), functionsMax)
        return
      case 11:
        section.vector(reader => {
          this.#segmentBytes += this.#addSegment(readDataSegment(reader, this.#importedGlobals))
        }, segmentsMax)
        return
      case 12:
        section.u32()
        return
      case 13:
        throw new FeatureRefusal('exceptions', section.offset)
      default:
        section.fail(`an unknown section ${id}`)
    }
  }

  #type(index: number, reader: ByteReader): FunctionSignature {
    return this.#types[index] ?? reader.fail(`function type ${index}, where there are ${this.#types.length}`)
  }

  #addImport(imported: CoreImport): void {
    const { extern } = imported
    this.#imports.push(imported)
    if (extern.sort === 'core func') {
      this.#functions.push(extern.type)
      this.#importedFunctions += 1
    } else if (extern.sort === 'core global') {
      this.#importedGlobals += 1
      this.#globals.push(extern.type)
    } else if (extern.sort === 'core table') {
      this.#tables.push(extern.extent)
      this.#importedTables += 1
    } else this.#addMemory(extern.extent, true)
  }

  /** Gives the size of a segment that was read. */
  #addSegment({ size, constants }: Segment): number {
    this.#segments += 1
    this.#constantBytes += constants
    return size
  }

  #addMemory(extent: Extent, imported: boolean, reader?: ByteReader): void {
    this.#memories += 1
    if (this.#memories > 1) throw new FeatureRefusal('multiple memories', reader?.offset ?? 0)
    this.#memory = { extent, imported }
  }

  #extern(sort: CoreExtern['sort'], index: number, reader: ByteReader): CoreExtern {
    const missing = (): never => reader.fail(`an export of ${sort} ${index}, which there is not`)
    switch (sort) {
      case 'core func':
        return { sort, type: this.#functions[index] ?? missing() }
      case 'core table':
        return { sort, extent: this.#tables[index] ?? missing() }
      case 'core memory':
        return { sort, extent: (index === 0 ? this.#memory?.extent : undefined) ?? missing() }
      case 'core global':
        return { sort, type: this.#globals[index] ?? missing() }
    }
  }
}
