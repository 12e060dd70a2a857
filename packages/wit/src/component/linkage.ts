import type { CoreModuleRange, StringEncoding } from '../binary/component.ts'
import type { FunctionType } from '../type/type.ts'

/**
 * A component with its nesting, aliases and index spaces resolved: the straight-line work that instantiates it.
 * The component model has no conditions at link time, so this is all there is to know, and it is plain data: it is
 * made once per binary, posted to workers, and executed there without looking at the binary again.
 */
export interface Linkage {
  readonly modules: readonly CoreModuleRange[]
  /** Core instances, in the order in which they are made. */
  readonly instances: readonly CoreInstantiation[]
  readonly lifts: readonly Lift[]
  readonly lowers: readonly Lower[]
  readonly exports: readonly ExportedLift[]
  /** What the component wants from the host, without what is only types. */
  readonly imports: readonly ComponentImport[]
  /** Exported functions that cannot be called, and why; a core module may have such beside others. */
  readonly withheld: readonly WithheldFunction[]
  /** Features that the exports need and ipvm does not have; inside, a {@link CoreItem} says so where it is reached. */
  readonly unsupported: readonly UnsupportedFeature[]
}

/** `module` instantiated with these namespaces: each is an earlier instance, or things picked from several. */
export interface CoreInstantiation {
  readonly module: number
  readonly args: readonly CoreArgument[]
  /** An exported function that is called when the instance is made (`_initialize` of a core module). */
  readonly initialize?: string
}

/** One namespace that a core module imports from. */
export type CoreArgument = { readonly name: string } & (
  | { readonly instance: number }
  | { readonly exports: CoreExports }
)

/** Names picked from several core instances; one list, however often it is passed. */
export type CoreExports = readonly (readonly [name: string, item: CoreItem])[]

/**
 * A core function, table, memory or global: an export of an instance, a lowered component function or a built-in. A function that
 * needs a feature which ipvm does not have is there all the same: adapters are full of such that nobody calls.
 */
export type CoreItem =
  | { readonly sort: CoreItemSort; readonly instance: number; readonly name: string }
  | { readonly sort: 'core func'; readonly lower: number }
  | { readonly sort: 'core func'; readonly unsupported: string }
  /** `resource.drop` of an imported resource, for handles of a component instance. */
  | { readonly sort: 'core func'; readonly drop: string; readonly component: number }

/** The sorts of things that core modules import and export. */
export type CoreItemSort = 'core func' | 'core table' | 'core memory' | 'core global'

/** A core function made into a component function (`canon lift`). */
export interface Lift {
  readonly type: FunctionType
  readonly core: CoreItem
  readonly options: LinkedOptions
  /** Which component instance it belongs to: one is never entered twice at a time. */
  readonly component: number
}

/** A component function made into a core function (`canon lower`). */
export interface Lower {
  readonly type: FunctionType
  readonly callee: FunctionSource
  readonly options: LinkedOptions
  readonly component: number
}

/** Where a component function comes from: a lift of this component, or an import of the host's. */
export type FunctionSource = { readonly lift: number } | { readonly host: string; readonly name: string }

/** Canon options with their indices resolved. */
export interface LinkedOptions {
  readonly encoding: StringEncoding
  readonly memory?: CoreItem
  readonly realloc?: CoreItem
  readonly postReturn?: CoreItem
}

/** A lifted function under its exported name: `crop`, or `wasi:foo/bar@0.1.0#baz` for one inside an interface. */
export interface ExportedLift {
  readonly name: string
  readonly lift: number
}

/** An interface or function that the component imports. */
export interface ComponentImport {
  readonly name: string
  readonly functions: readonly ImportedFunction[]
}

/** A function of an import; without a type where that needs a feature which ipvm does not have. */
export interface ImportedFunction {
  readonly name: string
  readonly type?: FunctionType
}

/** An exported function that is not offered: `reason` ends the sentence that begins with its name. */
export interface WithheldFunction {
  readonly name: string
  readonly reason: string
}

/** A feature that is refused, and where it stands in the binary. */
export interface UnsupportedFeature {
  readonly feature: string
  readonly offset: number
}
