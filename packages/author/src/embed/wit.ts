import type { Doc } from '../docs/docs.ts'

/** A type as WIT text names it. */
export type WitText =
  | { readonly kind: 'name'; readonly name: string; readonly offset: number }
  | { readonly kind: 'list' | 'option'; readonly type: WitText }
  | { readonly kind: 'tuple'; readonly types: readonly WitText[] }
  | { readonly kind: 'result'; readonly ok: WitText | undefined; readonly error: WitText | undefined }

/** A type with a name of its own. */
export type Definition = { readonly name: string; readonly offset: number } & (
  | { readonly kind: 'record'; readonly parts: readonly (Part & { readonly type: WitText })[] }
  | { readonly kind: 'variant'; readonly parts: readonly (Part & { readonly type: WitText | undefined })[] }
  | { readonly kind: 'enum' | 'flags'; readonly parts: readonly Part[] }
  | { readonly kind: 'alias'; readonly type: WitText }
  /** The `task` of `ipvm:effects/types@0.1.0`, which the world uses. */
  | { readonly kind: 'task' }
)

/** A field, case or name. */
export interface Part {
  readonly name: string
}

/** An exported function. */
export interface ExportedText {
  readonly name: string
  readonly params: readonly (Part & { readonly type: WitText })[]
  readonly result: WitText | undefined
  readonly offset: number
}

/** One world of WIT text, with its comments. */
export interface WitWorld {
  /** As `ipvm:hello@0.1.0`. */
  readonly package: string
  readonly name: string
  readonly definitions: readonly Definition[]
  readonly functions: readonly ExportedText[]
  readonly docs: readonly Doc[]
  /** What is there and cannot be embedded (imports, interfaces, a second world …), with where it stands. */
  readonly other: readonly { readonly what: string; readonly offset: number }[]
}
