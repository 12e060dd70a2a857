import { type WitType } from '@ipvm/wit/type'
/** The types of core values. */
export type CoreType = 'i32' | 'i64' | 'f32' | 'f64'
/** A core value: `i64` is a bigint, the others are numbers. */
export type CoreValue = number | bigint
/** How a type lies in memory and on the stack (Canonical ABI § Alignment, Element Size, Flattening). */
export interface Layout {
  readonly size: number
  readonly alignment: number
  /** The core values it takes; cut off after one more than any signature may have. */
  readonly flat: readonly CoreType[]
  /** The fields of a tuple or record, and where they begin. */
  readonly parts: readonly WitType[]
  readonly offsets: readonly number[]
  /** For variants, options, results and enums: the bytes of the case's number, and where the payload begins. */
  readonly discriminant: 1 | 2 | 4
  readonly payload: number
}
/** The layout of a type, computed once per type object. */
export declare function layoutOf(type: WitType): Layout
/** The layout of values one after the other, as parameters in memory are. */
export declare function sequenceLayout(types: readonly WitType[]): Layout
//# sourceMappingURL=layout.d.ts.map
