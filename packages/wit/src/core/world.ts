import { readComponent } from '../binary/read.ts'
import { ByteReader, Refusal } from '../binary/reader.ts'
import type { Component, Declaration, StringEncoding, TypeDefinition } from '../binary/component.ts'
import { aliasDeclaration, declaredEntity } from '../component/declare.ts'
import { Scope, type Entity } from '../component/scope.ts'
import { TypeResolver } from '../component/type-scope.ts'
import { definitionsMax } from '../limits.ts'

/** What a core module was made to be (a WIT world): what its imports and exports mean, by their names in WIT. */
export interface World {
  readonly imports: ReadonlyMap<string, Entity>
  readonly exports: ReadonlyMap<string, Entity>
  readonly encoding: StringEncoding
  /** Knows which of its functions take or give handles. */
  readonly types: TypeResolver
  /** Where it stands in the binary. */
  readonly offset: number
}

const encodings: readonly StringEncoding[] = ['utf8', 'utf16', 'latin1+utf16']
const formatVersion = 0x04
const oldFormatVersion = 0x03

/**
 * Reads a world out of a custom section `component-type…`, as tools embed it (wit-bindgen, `wasm-tools component
 * embed`): a component that exports a type, of a component that exports a type, which is the world. How strings are
 * held stands in a custom section of that component. Problems throw `Refusal`.
 */
export function readWorld(section: ByteReader): World {
  const start = section.offset
  if (section.peek() === oldFormatVersion) throw oldFormat(oldFormatVersion, start)
  const bytes = section.bytes.subarray(start, section.end)
  const component = readComponent(bytes)
  if ('error' in component) {
    throw new Refusal(`a world (custom section component-type) that is ${component.error.message}`, start)
  }
  return new WorldReader(start).read(declarationsOf(component.ok, start), readEncoding(bytes, start))
}

/** The world's own declarations: the type in the type. */
function declarationsOf(component: Component, start: number): readonly Declaration[] {
  const outer = component.definitions.find(definition => definition.kind === 'type')
  const inner = outer && nestedComponent(outer.type)
  if (inner) return inner
  throw new Refusal('a world (custom section component-type) in an unknown form; embed it with current tools', start)
}

function nestedComponent(type: TypeDefinition): readonly Declaration[] | undefined {
  if (type.kind !== 'component') return undefined
  for (const declaration of type.declarations) {
    if (declaration.kind === 'type' && declaration.type.kind === 'component') return declaration.type.declarations
  }
  return undefined
}

function readEncoding(bytes: Uint8Array, start: number): StringEncoding {
  const reader = new ByteReader(bytes, 8)
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.slice(reader.u32())
    if (id !== 0 || section.name() !== 'wit-component-encoding') continue
    const version = section.byte()
    if (version === formatVersion) return encodings[section.byte()] ?? section.fail('an unknown encoding of strings')
    throw oldFormat(version, start)
  }
  throw new Refusal('a world (custom section component-type) that does not say how strings are held', start)
}

function oldFormat(version: number, start: number): Refusal {
  return new Refusal(`a world embedded in format ${version}, where ${formatVersion} is read; use current tools`, start)
}

class WorldReader {
  readonly #offset: number
  readonly #types = new TypeResolver()
  /** A world is what stands around a component instance; the module in it is the first and only one. */
  readonly #scope = new Scope(undefined, 0)
  #left = definitionsMax

  constructor(offset: number) {
    this.#offset = offset
  }

  read(declarations: readonly Declaration[], encoding: StringEncoding): World {
    const imports = new Map<string, Entity>()
    const exports = new Map<string, Entity>()
    for (const declaration of declarations) {
      this.#spend(1)
      if (declaration.kind === 'type') {
        this.#scope.types.push(this.#types.resolve(declaration.type, this.#scope, this.#offset))
      } else if (declaration.kind === 'alias') aliasDeclaration(declaration, this.#scope, this.#offset)
      else if (declaration.kind === 'import') imports.set(declaration.name, this.#declared(declaration))
      else if (declaration.kind === 'export') exports.set(declaration.name, this.#declared(declaration))
    }
    return { imports, exports, encoding, types: this.#types, offset: this.#offset }
  }

  #declared({ name, extern, kind }: Declaration & { kind: 'import' | 'export' }): Entity {
    const scope = this.#scope
    const spend = (weight: number): void => this.#spend(weight)
    const { entity } = declaredEntity({
      name,
      direction: kind,
      extern,
      scope,
      types: this.#types,
      offset: this.#offset,
      spend,
    })
    scope.add(entity)
    return entity
  }

  #spend(weight: number): void {
    this.#left -= weight
    if (this.#left < 0) throw new Refusal(`a world of more than ${definitionsMax} definitions`, this.#offset)
  }
}

/** An entity that is an instance, as its members. */
export function membersOf(entity: Entity | undefined): ReadonlyMap<string, Entity> | undefined {
  return entity?.sort === 'instance' ? entity.instance : undefined
}
