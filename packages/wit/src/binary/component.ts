/** What a component binary says, definition by definition, in its own order (Component Model § Binary Format). */
export interface Component {
  readonly definitions: readonly Definition[]
}

/** The sorts of things that have an index space; those of core WebAssembly are prefixed. */
export type Sort = CoreSort | 'func' | 'value' | 'type' | 'component' | 'instance'

/** The sorts of core WebAssembly. */
export type CoreSort =
  | 'core func'
  | 'core table'
  | 'core memory'
  | 'core global'
  | 'core type'
  | 'core module'
  | 'core instance'

/** A thing by its sort and its place in that sort's index space. */
export interface SortIndex {
  readonly sort: Sort
  readonly index: number
}

/** A thing under the name by which it is passed, imported or exported. */
export interface NamedIndex extends SortIndex {
  readonly name: string
}

/** A core module inside the component: where its bytes are. */
export interface CoreModuleRange {
  readonly start: number
  readonly end: number
}

/** One definition. `offset` is where it stands in the binary, for messages. */
export type Definition = { readonly offset: number } & (
  | { readonly kind: 'core module'; readonly range: CoreModuleRange }
  | { readonly kind: 'core instance'; readonly module: number; readonly args: readonly NamedIndex[] }
  | { readonly kind: 'core instance exports'; readonly exports: readonly NamedIndex[] }
  | { readonly kind: 'core type' }
  | { readonly kind: 'component'; readonly component: Component }
  | { readonly kind: 'instance'; readonly component: number; readonly args: readonly NamedIndex[] }
  | { readonly kind: 'instance exports'; readonly exports: readonly NamedIndex[] }
  | { readonly kind: 'alias'; readonly alias: Alias }
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'lift'; readonly core: number; readonly options: CanonOptions; readonly type: number }
  | { readonly kind: 'lower'; readonly func: number; readonly options: CanonOptions }
  | { readonly kind: 'resource.drop'; readonly type: number }
  | { readonly kind: 'unsupported'; readonly feature: string; readonly sort: Sort | undefined }
  | { readonly kind: 'import'; readonly name: string; readonly extern: Extern }
  | { readonly kind: 'export'; readonly name: string; readonly of: SortIndex }
)

/** Another name for a thing of an instance, of a core instance or of an enclosing component. */
export type Alias = { readonly sort: Sort } & (
  | { readonly target: 'export' | 'core export'; readonly instance: number; readonly name: string }
  | { readonly target: 'outer'; readonly count: number; readonly index: number }
)

/** How a guest holds its strings. */
export type StringEncoding = 'utf8' | 'utf16' | 'latin1+utf16'

/** Options of `canon lift` and `canon lower`, by index; `async` names the refused feature if one is asked for. */
export interface CanonOptions {
  readonly encoding: StringEncoding
  readonly memory?: number
  readonly realloc?: number
  readonly postReturn?: number
  readonly async?: string
}

/** The type of an import or export. */
export type Extern =
  | { readonly sort: 'core module' | 'func' | 'component' | 'instance'; readonly type: number }
  | { readonly sort: 'type'; readonly equal: number }
  | { readonly sort: 'resource' }
  | { readonly sort: 'value' }

/** The types that need no definition. */
export type PrimitiveName =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string'

/** A value type as written: a primitive, a place in the type index space, or a feature that is refused. */
export type TypeReference = PrimitiveName | number | { readonly unsupported: string }

/** A type of the type section. */
export type TypeDefinition =
  | { readonly kind: 'reference'; readonly type: TypeReference }
  | { readonly kind: 'record'; readonly fields: readonly LabelledReference[] }
  | { readonly kind: 'variant'; readonly cases: readonly LabelledReference[] }
  | { readonly kind: 'list' | 'option'; readonly type: TypeReference }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number }
  | { readonly kind: 'tuple'; readonly types: readonly TypeReference[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'result'; readonly ok: TypeReference | undefined; readonly error: TypeReference | undefined }
  | {
      readonly kind: 'function'
      readonly params: readonly LabelledReference[]
      readonly result: TypeReference | undefined
    }
  | { readonly kind: 'instance' | 'component'; readonly declarations: readonly Declaration[] }
  | { readonly kind: 'unsupported'; readonly feature: string }

/** A label with its type; a case of a variant may have none. */
export interface LabelledReference {
  readonly name: string
  readonly type: TypeReference | undefined
}

/** A declaration inside a component or instance type. */
export type Declaration =
  | { readonly kind: 'core type' }
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'alias'; readonly alias: Alias }
  | { readonly kind: 'import' | 'export'; readonly name: string; readonly extern: Extern }
