import type { CoreType } from '../abi/layout.ts'

/** A type of values in core WebAssembly. */
export type ValueType = CoreType | 'v128' | 'funcref' | 'externref'

/** The type of a core function. */
export interface FunctionSignature {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** How many pages or entries there are at first, and at most. */
export interface Extent {
  readonly min: number
  readonly max: number | undefined
}

/** A table's type. */
export interface TableType extends Extent {
  readonly element: ValueType
}

/** What a core module imports or exports, by its sort and its type. */
export type CoreExtern =
  | { readonly sort: 'core func'; readonly type: FunctionSignature }
  | { readonly sort: 'core table'; readonly extent: TableType }
  | { readonly sort: 'core memory'; readonly extent: Extent }
  | { readonly sort: 'core global'; readonly type: ValueType }

/** One import: `module` is the namespace. */
export interface CoreImport {
  readonly module: string
  readonly name: string
  readonly extern: CoreExtern
}

/** A section: `start` and `end` enclose what is after its size. */
export interface Section {
  readonly id: number
  readonly start: number
  readonly end: number
}

/** The code of one function: `start` is after its size. */
export interface Body {
  readonly start: number
  readonly end: number
}

/** A core module of profile 1, as far as linking and rewriting it need to know. Offsets are into `bytes`. */
export interface CoreModule {
  readonly bytes: Uint8Array
  readonly sections: readonly Section[]
  readonly types: readonly FunctionSignature[]
  readonly imports: readonly CoreImport[]
  /** All functions, the imported ones first. */
  readonly functions: readonly FunctionSignature[]
  readonly importedFunctions: number
  readonly tables: readonly TableType[]
  readonly importedTables: number
  readonly memory: { readonly extent: Extent; readonly imported: boolean } | undefined
  /** The types of all globals, the imported ones first. */
  readonly globals: readonly ValueType[]
  readonly importedGlobals: number
  readonly exports: ReadonlyMap<string, CoreExtern>
  readonly start: number | undefined
  readonly bodies: readonly Body[]
  /** Its segments: how many, the bytes of the active ones of data, and the entries of all those of elements. */
  readonly segments: { readonly count: number; readonly bytes: number; readonly entries: number }
  /** Bytes of its constant expressions. */
  readonly constantBytes: number
}
