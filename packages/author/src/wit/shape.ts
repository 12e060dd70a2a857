/**
 * A type as WIT writes it and as TypeScript does: what the WIT text is printed from, and the adapter that turns an
 * engine's values into the author's, and back.
 */
export type Shape =
  | { readonly kind: 'number'; readonly wit: NumberName }
  | { readonly kind: 'bigint'; readonly wit: 'u64' | 's64' }
  | { readonly kind: 'bool' | 'char' | 'string' }
  /** `task` where it is a task that is asked for, as DAG-CBOR. */
  | { readonly kind: 'bytes'; readonly task?: true }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'tuple'; readonly items: readonly Shape[] }
  | { readonly kind: 'option'; readonly some: Shape; readonly none: 'null' | 'undefined' }
  | { readonly kind: 'result'; readonly ok: Shape | undefined; readonly error: Shape | undefined }
  | RecordShape
  | EnumShape
  | FlagsShape
  | VariantShape

/** WIT's numbers that are numbers in TypeScript. */
export type NumberName = 'u8' | 'u16' | 'u32' | 's8' | 's16' | 's32' | 'f32' | 'f64'

/** A name in TypeScript and the label that it has in WIT, with the author's comment. */
export interface Labelled {
  readonly name: string
  readonly label: string
  readonly docs: string
}

/** An object type. */
export interface RecordShape {
  readonly kind: 'record'
  readonly label: string
  readonly docs: string
  readonly fields: readonly (Labelled & { readonly shape: Shape })[]
}

/** A union of literals. */
export interface EnumShape {
  readonly kind: 'enum'
  readonly label: string
  readonly docs: string
  readonly cases: readonly Labelled[]
}

/** A `Set` of literals. */
export interface FlagsShape {
  readonly kind: 'flags'
  readonly label: string
  readonly docs: string
  readonly cases: readonly Labelled[]
}

/** A union of object types that a property with literals tells apart. */
export interface VariantShape {
  readonly kind: 'variant'
  readonly label: string
  readonly docs: string
  /** The property that tells the cases apart. */
  readonly tag: string
  readonly cases: readonly VariantCase[]
}

/** A case of a variant; `key` is the property that is its whole payload, where it has no record of its own. */
export interface VariantCase extends Labelled {
  readonly payload: Shape | undefined
  readonly key: string | undefined
}

/** The shapes that have names of their own in WIT. */
export type NamedShape = RecordShape | EnumShape | FlagsShape | VariantShape

/** A function that the component exports. */
export interface FunctionShape extends Labelled {
  readonly params: readonly (Labelled & { readonly shape: Shape })[]
  readonly result: Shape | undefined
}

/** All functions of a file, and the named types that they use, in the order in which they are declared. */
export interface WorldShape {
  readonly functions: readonly FunctionShape[]
  readonly types: readonly NamedShape[]
}
