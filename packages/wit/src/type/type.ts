import type { PrimitiveName } from '../binary/component.ts'

/**
 * A value type of the component model. `own` and `borrow` are handles of resources that the guest imports: `resource`
 * is where it imports it from, as `wasi:io/streams@0.2.0#input-stream`. Resources of its own, streams and futures have
 * no type here: they are refused by name. A list of bytes is a `task` where it is the type of that name of the imported
 * interface `ipvm:effects/types@0.1.0`: a task that a function asks for, as DAG-CBOR.
 */
export type WitType =
  | { readonly kind: PrimitiveName }
  | { readonly kind: 'list'; readonly type: WitType; readonly task?: true }
  | { readonly kind: 'option'; readonly type: WitType }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }
  | { readonly kind: 'tuple'; readonly types: readonly WitType[] }
  | { readonly kind: 'variant'; readonly cases: readonly Case[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'result'; readonly ok?: WitType; readonly error?: WitType }
  | { readonly kind: 'own' | 'borrow'; readonly resource: string }

/** A named field of a record, or a named parameter of a function. */
export interface Field {
  readonly name: string
  readonly type: WitType
}

/** A case of a variant, with a payload or without. */
export interface Case {
  readonly name: string
  readonly type?: WitType
}

/** The type of a function: its parameters in order, and its result if it has one. */
export interface FunctionType {
  readonly params: readonly Field[]
  readonly result?: WitType
}

/** What `option`, `result` and `variant` have in common: their cases in order (Canonical ABI § Despecialization). */
export function casesOf(type: WitType & { kind: 'variant' | 'option' | 'result' }): readonly Case[] {
  switch (type.kind) {
    case 'variant':
      return type.cases
    case 'option':
      return [{ name: 'none' }, { name: 'some', type: type.type }]
    case 'result':
      return [
        { name: 'ok', ...(type.ok && { type: type.ok }) },
        { name: 'error', ...(type.error && { type: type.error }) },
      ]
  }
}

/** The types directly inside a type. */
export function partsOf(type: WitType): readonly WitType[] {
  switch (type.kind) {
    case 'list':
    case 'option':
      return [type.type]
    case 'tuple':
      return type.types
    case 'record':
      return type.fields.map(field => field.type)
    case 'variant':
    case 'result':
      return casesOf(type).flatMap(part => part.type ?? [])
    default:
      return []
  }
}
