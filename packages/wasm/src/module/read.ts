import type { Failure, Result } from '@ipvm/ipld'
import { ByteReader, Refusal } from '@ipvm/wit/component'
import { engine } from '../engine.ts'
import { functionBytesMax, functionsMax, globalsMax, importsMax, segmentsMax, tablesMax } from '../limits.ts'
import type { Body, CoreExtern, CoreImport, CoreModule, Extent, FunctionSignature, Section } from './core-module.ts'
import { FeatureRefusal } from './feature.ts'
import { readCode, readConstant, readDataSegment, readElementSegment } from './code.ts'
import { readExports, readFunctionTypes, readGlobalType, readImport, readMemory, readTable } from './section.ts'

/** The bytes are not a valid core module. */
export interface MalformedModule extends Failure {
  readonly name: 'MalformedModule'
}

/** The module uses a feature that is not in profile 1, or asks for more than the profile has. */
export interface UnsupportedModule extends Failure {
  readonly name: 'UnsupportedModule'
}

/**
 * Reads a core module, and refuses what is not in profile 1 by name and byte offset: the engines disagree on what they
 * accept, and change their minds with each version. Types are checked by `WebAssembly.validate`; a module is accepted
 * when both agree (design § 3). Offsets in messages count from the start of `bytes`, plus `base`.
 */
export function readCoreModule(
  bytes: Uint8Array,
  base: number,
): Result<CoreModule, MalformedModule | UnsupportedModule> {
  try {
    const module = new ModuleReader(bytes).read()
    if (!engine.validate(ownBytes(bytes))) {
      const message = `the core module at byte ${base} does not validate: check it with \`wasm-tools validate\` and build it again`
      return { error: { name: 'MalformedModule', message } }
    }
    return { ok: module }
  } catch (thrown) {
    if (thrown instanceof FeatureRefusal) return { error: unsupportedFeature(thrown.feature, base + thrown.offset) }
    if (!(thrown instanceof Refusal)) throw thrown
    const message = `not a valid core module: ${thrown.problem}, at byte ${base + thrown.offset}`
    return { error: { name: 'MalformedModule', message } }
  }
}

/** The refusal of a feature by its name. */
export function unsupportedFeature(feature: string, offset: number): UnsupportedModule {
  const message = `it uses ${feature} at byte ${offset}, which profile 1 does not have; build it without`
  return { name: 'UnsupportedModule', message }
}

/** The type of `WebAssembly.validate` wants bytes that are not shared; a guest's binary never is. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes)
}

class ModuleReader {
  readonly #bytes: Uint8Array
  readonly #sections: Section[] = []
  readonly #imports: CoreImport[] = []
  readonly #tables: Extent[] = []
  readonly #exports = new Map<string, CoreExtern>()
  readonly #functions: FunctionSignature[] = []
  readonly #bodies: Body[] = []
  #types: FunctionSignature[] = []
  #importedTables = 0
  #importedGlobals = 0
  #globals = 0
  #memories = 0
  #memory: CoreModule['memory']
  #start: number | undefined
  #growsTables = false

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
      types: this.#types.length,
      imports: this.#imports,
      functions: this.#functions,
      tables: this.#tables,
      importedTables: this.#importedTables,
      memory: this.#memory,
      globals: this.#globals,
      exports: this.#exports,
      start: this.#start,
      bodies: this.#bodies,
      growsTables: this.#growsTables,
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
        section.vector(reader => readElementSegment(reader, this.#importedGlobals), segmentsMax)
        return
      case 10:
        section.vector(reader => this.#addBody(reader), functionsMax)
        return
      case 11:
        section.vector(reader => readDataSegment(reader, this.#importedGlobals), segmentsMax)
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
    if (extern.sort === 'core func') this.#functions.push(extern.type)
    else if (extern.sort === 'core global') {
      this.#importedGlobals += 1
      this.#globals += 1
    } else if (extern.sort === 'core table') {
      this.#tables.push(extern.extent)
      this.#importedTables += 1
    } else this.#addMemory(extern.extent, true)
  }

  #addMemory(extent: Extent, imported: boolean, reader?: ByteReader): void {
    this.#memories += 1
    if (this.#memories > 1) throw new FeatureRefusal('multiple memories', reader?.offset ?? 0)
    this.#memory = { extent, imported }
  }

  #addBody(reader: ByteReader): void {
    const size = reader.u32()
    if (size > functionBytesMax) reader.fail(`a function of more than ${functionBytesMax} bytes`)
    const code = readCode(reader.slice(size))
    this.#bodies.push(code.body)
    this.#growsTables ||= code.growsTables
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
        return index < this.#globals ? { sort } : missing()
    }
  }
}
