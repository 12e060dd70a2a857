import { ByteReader } from '@ipvm/wit/component'
import { functionsMax, globalsMax, importsMax, segmentsMax, tablesMax } from '../limits.js'
import { readBody, readConstant, readDataSegment, readElementSegment } from './code.js'
import { FeatureRefusal } from './feature.js'
import { readExports, readFunctionTypes, readGlobalType, readImport, readMemory, readTable } from './section.js'
/**
 * Reads a core module but for the code of its functions, which is read when it is rewritten. What is malformed or outside
 * the profile throws `Refusal` or `FeatureRefusal`; types are not checked.
 */
export function readCoreModule(bytes) {
  return new ModuleReader(bytes).read()
}
class ModuleReader {
  #bytes
  #sections = []
  #imports = []
  #tables = []
  #exports = new Map()
  #functions = []
  #bodies = []
  #types = []
  #importedTables = 0
  #importedGlobals = 0
  #globals = 0
  #memories = 0
  #memory
  #start
  #importedFunctions = 0
  #segmentBytes = 0
  #segmentEntries = 0
  constructor(bytes) {
    this.#bytes = bytes
  }
  read() {
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
      segments: { bytes: this.#segmentBytes, entries: this.#segmentEntries },
    }
  }
  #readSection(id, section) {
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
          readGlobalType(reader)
          readConstant(reader, this.#importedGlobals)
          this.#globals += 1
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
          this.#segmentEntries += readElementSegment(reader, this.#importedGlobals)
        }, segmentsMax)
        return
      case 10:
        section.vector(reader => this.#bodies.push(readBody(reader)), functionsMax)
        return
      case 11:
        section.vector(reader => {
          this.#segmentBytes += readDataSegment(reader, this.#importedGlobals)
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
  #type(index, reader) {
    return this.#types[index] ?? reader.fail(`function type ${index}, where there are ${this.#types.length}`)
  }
  #addImport(imported) {
    const { extern } = imported
    this.#imports.push(imported)
    if (extern.sort === 'core func') {
      this.#functions.push(extern.type)
      this.#importedFunctions += 1
    } else if (extern.sort === 'core global') {
      this.#importedGlobals += 1
      this.#globals += 1
    } else if (extern.sort === 'core table') {
      this.#tables.push(extern.extent)
      this.#importedTables += 1
    } else this.#addMemory(extern.extent, true)
  }
  #addMemory(extent, imported, reader) {
    this.#memories += 1
    if (this.#memories > 1) throw new FeatureRefusal('multiple memories', reader?.offset ?? 0)
    this.#memory = { extent, imported }
  }
  #extern(sort, index, reader) {
    const missing = () => reader.fail(`an export of ${sort} ${index}, which there is not`)
    switch (sort) {
      case 'core func':
        return { sort, type: this.#functions[index] ?? missing() }
      case 'core table':
        return { sort, extent: this.#tables[index] ?? missing() }
      case 'core memory':
        return { sort, extent: (index === 0 ? this.#memory?.extent : undefined) ?? missing() }
      case 'core global':
        return index < this.#globals ? { sort } : missing()
    }
  }
}
//# sourceMappingURL=read.js.map
