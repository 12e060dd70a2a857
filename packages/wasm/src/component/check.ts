import {
  type CoreArgument,
  type CoreExports,
  type CoreItem,
  type Linkage,
  type LinkedOptions,
  Refusal,
} from '@ipvm/wit/component'
import { partsOf, type WitType } from '@ipvm/wit/type'
import { flattenFunction, paramTypes, type CoreSignature } from '../abi/call.ts'
import { flatParamsMax, flatResultsMax, memoryPagesMax, tableEntriesInAllMax } from '../limits.ts'
import { layoutOf, sequenceLayout } from '../abi/layout.ts'
import { memoryCap, tableCap } from '../instrument/additions.ts'
import type { RewrittenModule } from '../instrument/rewrite.ts'
import type { CoreExtern, CoreModule, FunctionSignature } from '../module/core-module.ts'

/**
 * Checks what the engine cannot see, as it sees one core module at a time: that lifted and lowered functions have the
 * core types that the canonical ABI gives them, and that things which are passed along exist. After this, calling
 * into a component and out of it cannot fail in the host. Problems throw {@link Refusal}.
 */
export class LinkageCheck {
  readonly #linkage: Linkage
  readonly #modules: readonly RewrittenModule[]
  /** The arguments of each instance by their names, and the items of each list: a module may look for each very often. */
  readonly #arguments = new Map<number, ReadonlyMap<string, CoreArgument>>()
  readonly #items = new Map<CoreExports, ReadonlyMap<string, CoreItem>>()

  constructor(linkage: Linkage, modules: readonly RewrittenModule[]) {
    this.#linkage = linkage
    this.#modules = modules
  }

  run(): void {
    this.#checkTables()
    this.#linkage.instances.forEach(({ initialize }, instance) => {
      this.#checkImports(instance)
      if (initialize === undefined) return
      const item: CoreItem = { sort: 'core func', instance, name: initialize }
      this.#checkSignature(item, { params: [], results: [] }, `the function ${initialize}`)
    })
    for (const { type, core, options } of this.#linkage.lifts) {
      const signature = flattenFunction(type, 'lift')
      this.#checkSignature(core, signature, 'a lifted function')
      this.#checkOptions(options, [...paramTypes(type), ...(type.result ? [type.result] : [])])
      this.#checkRealloc(options, needsRealloc(paramTypes(type), flatParamsMax))
      if (options.postReturn) {
        this.#checkSignature(options.postReturn, { params: signature.results, results: [] }, 'a post-return function')
      }
    }
    for (const { type, options } of this.#linkage.lowers) {
      const results = type.result ? [type.result] : []
      this.#checkOptions(options, [...paramTypes(type), ...results])
      this.#checkRealloc(options, results.some(hasPointers))
    }
  }

  /** For each core instance, the cap of the memory that its own code grows. */
  memoryCaps(): number[] {
    return this.#linkage.instances.map((_, i) => this.#memoryCap(i))
  }

  /** Pages that all memories have at the start. */
  initialPages(): number {
    let pages = 0
    for (const { module } of this.#linkage.instances) {
      const memory = this.#modules[module]?.module.memory
      if (memory && !memory.imported) pages += memory.extent.min
    }
    return pages
  }

  #memoryCap(instance: number): number {
    const module = this.#moduleOf(instance)
    if (!module.memory?.imported) return memoryCap(module.memory?.extent)
    const wanted = module.imports.find(({ extern }) => extern.sort === 'core memory')
    const given = wanted && this.#argument(instance, wanted.module, wanted.name)
    if (!given || !('instance' in given)) return memoryPagesMax
    const from = this.#moduleOf(given.instance)
    return from.memory?.imported ? this.#memoryCap(given.instance) : memoryCap(from.memory?.extent)
  }

  /**
   * A table takes host memory that no quota counts, so there is a limit on all of them together. One that another module
   * imports may grow where it was not defined.
   */
  #checkTables(): void {
    const grows = (module: number): boolean => this.#modules[module]?.instrumented.growsTables ?? false
    const isAnyShared = this.#linkage.instances.some(
      ({ module }, i) => grows(module) && this.#moduleOf(i).importedTables > 0,
    )
    let entries = 0
    this.#linkage.instances.forEach(({ module }, i) => {
      const { tables, importedTables } = this.#moduleOf(i)
      const mayGrow = isAnyShared || grows(module)
      for (const type of tables.slice(importedTables)) entries += mayGrow ? tableCap(type) : type.min
    })
    if (entries > tableEntriesInAllMax) throw new Refusal(`tables of more than ${tableEntriesInAllMax} entries`, 0)
  }

  #checkImports(instance: number): void {
    const module = this.#moduleOf(instance)
    for (const { module: namespace, name, extern } of module.imports) {
      const item = this.#argument(instance, namespace, name)
      const given = item && this.#extern(item)
      if (!item || given?.sort !== extern.sort) {
        throw new Refusal(`a core module that is not given the ${extern.sort} ${namespace} ${name}`, 0)
      }
      // The engine compares what comes from a core module; a lowered function is ours, and takes anything.
      if (('lower' in item || 'drop' in item) && given.sort === 'core func' && extern.sort === 'core func') {
        sameSignature(given.type, extern.type, `${namespace} ${name}`)
      }
      // One that only ends the run fits everywhere, but JavaScript cannot be called with vectors.
      if ('unsupported' in item && extern.sort === 'core func' && hasVectors(extern.type)) {
        throw new Refusal(`a core module that gives or takes vectors in ${namespace} ${name}`, 0)
      }
    }
  }

  #argument(instance: number, namespace: string, name: string): CoreItem | undefined {
    // Of two arguments of one name the later one is passed, as in the import object.
    const arg = this.#argumentsOf(instance).get(namespace)
    if (!arg) return undefined
    if (!('instance' in arg)) return this.#itemsOf(arg.exports).get(name)
    const extern = this.#moduleOf(arg.instance).exports.get(name)
    return extern && { sort: extern.sort, instance: arg.instance, name }
  }

  #argumentsOf(instance: number): ReadonlyMap<string, CoreArgument> {
    const known = this.#arguments.get(instance)
    if (known) return known
    const { args = [] } = this.#linkage.instances[instance] ?? {}
    const found = new Map(args.map(arg => [arg.name, arg]))
    this.#arguments.set(instance, found)
    return found
  }

  #itemsOf(exports: CoreExports): ReadonlyMap<string, CoreItem> {
    const found = this.#items.get(exports) ?? new Map(exports)
    this.#items.set(exports, found)
    return found
  }

  /** What a core item is: by the exports of the original module, so that what we added stays out of reach. */
  #extern(item: CoreItem): CoreExtern {
    if ('instance' in item) {
      const extern = this.#moduleOf(item.instance).exports.get(item.name)
      if (extern?.sort === item.sort) return extern
      throw new Refusal(`the ${item.sort} ${item.name}, which a core instance does not export`, 0)
    }
    if ('lower' in item) {
      const lower = this.#linkage.lowers[item.lower]
      if (lower) return { sort: 'core func', type: flattenFunction(lower.type, 'lower') }
    }
    if ('drop' in item) return { sort: 'core func', type: { params: ['i32'], results: [] } }
    // A function that only ends the run fits everywhere.
    if ('unsupported' in item) return { sort: 'core func', type: { params: [], results: [] } }
    throw new Refusal('a core function that there is not', 0)
  }

  #moduleOf(instance: number): CoreModule {
    const found = this.#modules[this.#linkage.instances[instance]?.module ?? -1]?.module
    if (!found) throw new TypeError('a linkage with an instance of no module: linking has a bug')
    return found
  }

  #checkSignature(item: CoreItem, wanted: CoreSignature, what: string): void {
    const extern = this.#extern(item)
    if (extern.sort !== 'core func') throw new Refusal(`${what} that is a ${extern.sort}`, 0)
    sameSignature(wanted, extern.type, what)
  }

  #checkOptions(options: LinkedOptions, types: readonly WitType[]): void {
    const { memory } = options
    if (memory && this.#extern(memory).sort !== 'core memory') throw new Refusal('a memory option without a memory', 0)
    const needed =
      types.some(hasPointers) ||
      sequenceLayout(types.slice(0, -1)).flat.length > flatParamsMax ||
      types.some(type => layoutOf(type).flat.length > flatResultsMax)
    if (needed && !memory) throw new Refusal('a function whose values lie in memory, and that names no memory', 0)
  }

  #checkRealloc(options: LinkedOptions, needed: boolean): void {
    const { realloc } = options
    if (realloc) {
      this.#checkSignature(realloc, { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] }, 'a realloc function')
    } else if (needed) throw new Refusal('a function that takes values in memory, and names no realloc', 0)
  }
}

function needsRealloc(types: readonly WitType[], flatMax: number): boolean {
  return types.some(hasPointers) || sequenceLayout(types).flat.length > flatMax
}

function hasVectors({ params, results }: FunctionSignature): boolean {
  return params.includes('v128') || results.includes('v128')
}

function hasPointers(type: WitType): boolean {
  return type.kind === 'string' || type.kind === 'list' || partsOf(type).some(hasPointers)
}

function sameSignature(wanted: CoreSignature | FunctionSignature, given: FunctionSignature, what: string): void {
  const print = ({ params, results }: CoreSignature | FunctionSignature): string => `(${params}) -> (${results})`
  if (print(wanted) !== print(given)) {
    throw new Refusal(`${what} has the core type ${print(given)}, where ${print(wanted)} is needed`, 0)
  }
}
