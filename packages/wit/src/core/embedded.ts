import type {
  CoreItem,
  ExportedLift,
  ImportedFunction,
  Lift,
  Linkage,
  LinkedOptions,
  Lower,
  UnsupportedFeature,
} from '../component/linkage.ts'
import type { Entity, FunctionEntity } from '../component/scope.ts'
import { Refusal } from '../binary/reader.ts'
import { legacy, standard, type Naming } from './naming.ts'
import type { CoreOutline, OutlineImport } from './outline.ts'
import { membersOf, type World } from './world.ts'

/** The only core instance and the only component instance that there are. */
const instance = 0
const component = 0

/**
 * Links a core module as the component that its worlds say it is: what `wasm-tools component new` would make of it,
 * without making that. Several worlds (of several libraries in one module) count together.
 */
export function linkEmbedded(outline: CoreOutline, worlds: readonly World[], end: number): Linkage {
  return new EmbeddedLinker(outline, worlds).link(end)
}

/** What stands behind a core namespace. */
interface Namespace {
  readonly world: World
  readonly naming: Naming
  /** The import of the world; none for the world itself. */
  readonly owner: string | undefined
  readonly members: ReadonlyMap<string, Entity>
}

class EmbeddedLinker {
  readonly #outline: CoreOutline
  readonly #worlds: readonly World[]
  readonly #lowers: Lower[] = []
  readonly #lifts: Lift[] = []
  readonly #exports = new Map<string, ExportedLift>()
  readonly #namespaces = new Map<string, Namespace[]>()
  readonly #imports = new Map<string, { readonly name: string; readonly functions: ImportedFunction[] }>()
  readonly #unsupported: UnsupportedFeature[] = []

  constructor(outline: CoreOutline, worlds: readonly World[]) {
    this.#outline = outline
    this.#worlds = worlds
    for (const world of worlds) {
      for (const naming of [legacy, standard]) {
        this.#addNamespace({ world, naming, owner: undefined, members: world.imports })
        for (const [owner, entity] of world.imports) {
          const members = membersOf(entity)
          if (members) this.#addNamespace({ world, naming, owner, members })
        }
      }
    }
  }

  #addNamespace(namespace: Namespace): void {
    const key = namespace.naming.namespace(namespace.owner)
    const known = this.#namespaces.get(key)
    if (known) known.push(namespace)
    else this.#namespaces.set(key, [namespace])
  }

  link(end: number): Linkage {
    const args = new Map<string, [name: string, item: CoreItem][]>()
    for (const imported of this.#outline.imports) {
      const given = this.#given(imported)
      if (!given) {
        this.#missing(imported)
        continue
      }
      const known = args.get(imported.module)
      if (known) known.push([imported.name, given])
      else args.set(imported.module, [[imported.name, given]])
    }
    for (const world of this.#worlds) this.#exportWorld(world)
    const initialize = this.#named(naming => naming.initialize)
    return {
      modules: [{ start: 0, end }],
      instances: [
        {
          module: 0,
          args: [...args].map(([name, exports]) => ({ name, exports })),
          ...(initialize !== undefined && { initialize }),
        },
      ],
      lifts: this.#lifts,
      lowers: this.#lowers,
      exports: [...this.#exports.values()],
      imports: [...this.#imports.values()],
      withheld: [],
      unsupported: this.#unsupported,
    }
  }

  /** What a core import gets: a function of a world's import, or the drop of a resource of one. */
  #given({ module, name, sort }: OutlineImport): CoreItem | undefined {
    if (sort !== 'func') return undefined
    if (module.startsWith('[export]')) return { sort: 'core func', unsupported: 'resources' }
    for (const namespace of this.#namespaces.get(module) ?? []) {
      const found = this.#item(namespace, name)
      if (found) return found
    }
    return undefined
  }

  #item({ world, naming, owner, members }: Namespace, name: string): CoreItem | undefined {
    const found = members.get(name)
    if (found?.sort === 'func') {
      this.#want(owner ?? name, name, found.func)
      return this.#lower(world, found.func)
    }
    const dropped = naming.dropped(name)
    const resource = dropped === undefined ? undefined : members.get(dropped)
    if (resource?.sort !== 'type' || resource.type.kind !== 'resource') return undefined
    this.#want(owner ?? dropped ?? name)
    return { sort: 'core func', drop: resource.type.resource, component }
  }

  #lower(world: World, func: FunctionEntity): CoreItem {
    if ('unsupported' in func) return { sort: 'core func', unsupported: func.unsupported }
    const lower = this.#lowers.push({ type: func.type, callee: func.source, options: this.#options(world), component })
    return { sort: 'core func', lower: lower - 1 }
  }

  /** Notes that the host has to give this. */
  #want(owner: string, name?: string, func?: FunctionEntity): void {
    const known = this.#imports.get(owner) ?? { name: owner, functions: [] }
    this.#imports.set(owner, known)
    if (name !== undefined) known.functions.push(func && 'type' in func ? { name, type: func.type } : { name })
  }

  /** No world says what it is, so nobody can give it. */
  #missing({ module, name, sort }: OutlineImport): void {
    if (sort === 'func') this.#want(module, name)
    else this.#want(`the ${sort} ${module} ${name}`)
  }

  #exportWorld(world: World): void {
    for (const [name, entity] of world.exports) {
      if (entity.sort === 'func') this.#export(world, undefined, name, entity.func)
      for (const [inner, member] of membersOf(entity) ?? []) {
        if (member.sort === 'func') this.#export(world, name, inner, member.func)
      }
    }
  }

  #export(world: World, owner: string | undefined, name: string, func: FunctionEntity): void {
    const full = owner === undefined ? name : `${owner}#${name}`
    if (this.#exports.has(full)) return
    if ('unsupported' in func || world.types.mentionsHandle(func.type)) {
      const feature = 'unsupported' in func ? func.unsupported : 'resources'
      this.#unsupported.push({ feature: `${feature} (in the function ${full})`, offset: world.offset })
      return
    }
    const core = this.#named(naming => naming.exported(owner, name))
    if (core === undefined) throw new Refusal(`a world that exports ${full}, which the module does not`, world.offset)
    const postReturn = this.#named(naming => naming.postReturn(naming.exported(owner, name)))
    const options = {
      ...this.#options(world),
      ...(postReturn !== undefined && { postReturn: item(postReturn) }),
    }
    const lift = this.#lifts.push({ type: func.type, core: item(core), options, component }) - 1
    this.#exports.set(full, { name: full, lift })
  }

  #options(world: World): LinkedOptions {
    const { memories } = this.#outline
    const memory = [legacy, standard].find(naming => memories.has(naming.memory))?.memory
    const realloc = this.#named(naming => naming.realloc)
    return {
      encoding: world.encoding,
      ...(memory !== undefined && { memory: { sort: 'core memory', instance, name: memory } }),
      ...(realloc !== undefined && { realloc: item(realloc) }),
    }
  }

  /** The first spelling of a name that the module exports a function under. */
  #named(spell: (naming: Naming) => string): string | undefined {
    return [legacy, standard].map(spell).find(name => this.#outline.functions.has(name))
  }
}

function item(name: string): CoreItem {
  return { sort: 'core func', instance, name }
}
