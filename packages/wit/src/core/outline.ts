import { ByteReader } from '../binary/reader.ts'
import { coreEntriesMax, worldsMax } from '../limits.ts'

/** The types of core values; `reference` is that of any later proposal. */
export type CoreTypeName = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref' | 'reference'

/** The type of a core function. */
export interface CoreFunctionType {
  readonly params: readonly CoreTypeName[]
  readonly results: readonly CoreTypeName[]
}

/** One import of a core module; `type` is there for functions. */
export interface OutlineImport {
  readonly module: string
  readonly name: string
  readonly sort: 'func' | 'table' | 'memory' | 'global' | 'tag'
  readonly type?: CoreFunctionType
}

/** What a core module imports and exports, and the custom sections that say what it means by that. */
export interface CoreOutline {
  readonly imports: readonly OutlineImport[]
  /** Exported functions, in the order of the module. */
  readonly functions: ReadonlyMap<string, CoreFunctionType>
  /** Names of exported memories. */
  readonly memories: ReadonlySet<string>
  /** The contents of the custom sections `component-type…`. */
  readonly worlds: readonly ByteReader[]
}

const sorts = ['func', 'table', 'memory', 'global', 'tag'] as const
const names = new Map<number, CoreTypeName>([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

/**
 * Reads what linking needs of a core module. Code, data and the rest are stepped over: whether they are valid, and
 * within the profile, is for whoever runs it. Problems throw `Refusal`.
 */
export function readOutline(bytes: Uint8Array): CoreOutline {
  return new OutlineReader().read(new ByteReader(bytes, 8))
}

class OutlineReader {
  #types: CoreFunctionType[] = []
  readonly #functions: CoreFunctionType[] = []
  readonly #imports: OutlineImport[] = []
  readonly #exported = new Map<string, CoreFunctionType>()
  readonly #memories = new Set<string>()
  readonly #worlds: ByteReader[] = []

  read(reader: ByteReader): CoreOutline {
    while (!reader.done) {
      const id = reader.byte()
      const section = reader.slice(reader.u32())
      if (id === 0) this.#custom(section)
      else if (id === 1) this.#types = section.vector(readFunctionType, coreEntriesMax)
      else if (id === 2) section.vector(entry => this.#import(entry))
      else if (id === 3) section.vector(entry => this.#functions.push(this.#type(entry)), coreEntriesMax)
      else if (id === 7) section.vector(entry => this.#export(entry))
    }
    return { imports: this.#imports, functions: this.#exported, memories: this.#memories, worlds: this.#worlds }
  }

  #custom(section: ByteReader): void {
    if (!section.name().startsWith('component-type')) return
    if (this.#worlds.length === worldsMax) section.fail(`more than ${worldsMax} embedded worlds`)
    this.#worlds.push(section)
  }

  #type(reader: ByteReader): CoreFunctionType {
    const index = reader.u32()
    return this.#types[index] ?? reader.fail(`function type ${index}, where there are ${this.#types.length}`)
  }

  #import(reader: ByteReader): void {
    const names = { module: reader.name(), name: reader.name() }
    const at = reader.offset
    const sort = sorts[reader.byte()] ?? reader.fail('an unknown sort of import', at)
    if (sort === 'func') {
      const type = this.#type(reader)
      this.#functions.push(type)
      this.#imports.push({ ...names, sort, type })
      return
    }
    skipExternType(reader, sort)
    this.#imports.push({ ...names, sort })
  }

  #export(reader: ByteReader): void {
    const name = reader.name()
    const sort = sorts[reader.byte()]
    const index = reader.u32()
    if (sort === 'memory') this.#memories.add(name)
    if (sort !== 'func') return
    this.#exported.set(name, this.#functions[index] ?? reader.fail(`function ${index}, which there is not`))
  }
}

function readFunctionType(reader: ByteReader): CoreFunctionType {
  const at = reader.offset
  if (reader.byte() !== 0x60) reader.fail('a type that is not a function type', at)
  return { params: reader.vector(readCoreType), results: reader.vector(readCoreType) }
}

function readCoreType(reader: ByteReader): CoreTypeName {
  const code = reader.byte()
  // References to types are followed by which: `(ref null? heaptype)`.
  if (code === 0x63 || code === 0x64) reader.skipInteger(33)
  return names.get(code) ?? 'reference'
}

function skipExternType(reader: ByteReader, sort: 'table' | 'memory' | 'global' | 'tag'): void {
  if (sort === 'tag' || sort === 'global') {
    if (sort === 'global') readCoreType(reader)
    reader.skip(1)
    if (sort === 'tag') reader.skipInteger(32)
    return
  }
  if (sort === 'table') readCoreType(reader)
  const flags = reader.byte()
  reader.skipInteger(64)
  if ((flags & 1) === 1) reader.skipInteger(64)
  if ((flags & 8) === 8) reader.skipInteger(32)
}
