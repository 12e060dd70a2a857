import type { CID } from '@ipvm/ipld'
import type { Promised, TaskHandle } from '@ipvm/workflow'
import type { Branded, char, f32, f64, s16, s32, s64, s8, u16, u32, u64, u8 } from '../wit/brand.ts'

export type { char, f32, f64, s16, s32, s64, s8, u16, u32, u64, u8 } from '../wit/brand.ts'

/** What the wire form of each of WIT's plain types may be written as, and whose promises always fit it. */
interface Fitting {
  u8: { value: number; from: u8 }
  u16: { value: number; from: u16 | u8 }
  u32: { value: number; from: u32 | u16 | u8 }
  u64: { value: number | bigint; from: u64 | u32 | u16 | u8 }
  s8: { value: number; from: s8 }
  s16: { value: number; from: s16 | s8 | u8 }
  s32: { value: number; from: s32 | s16 | s8 | u16 | u8 }
  s64: { value: number | bigint; from: s64 | s32 | s16 | s8 | u32 | u16 | u8 }
  f32: { value: number; from: f32 | s16 | s8 | u16 | u8 }
  f64: { value: number; from: f64 | f32 | s32 | s16 | s8 | u32 | u16 | u8 }
  char: { value: string; from: char }
}

/** A task that gives a `T`, or another branch of one. */
export type PromiseOf<T> = TaskHandle<T> | Promised<T>

/**
 * What may be given where a function wants a `T`: a value, a promise of one, or a value with promises inside. A plain
 * number is taken for any number (whether it is in range shows when the call is compiled or run); a promise has to be of a
 * type that always fits; bytes may be a link to a file.
 */
export type Input<T> = [T] extends [Branded<unknown, infer Name extends keyof Fitting>]
  ? Fitting[Name]['value'] | PromiseOf<Fitting[Name]['from']>
  : PromiseOf<T> | Value<T>

type Value<T> = T extends Uint8Array
  ? Uint8Array | CID
  : T extends Branded<unknown, infer Name extends keyof Fitting>
    ? Fitting[Name]['value']
    : T extends string | boolean | null
      ? T
      : { readonly [Key in keyof T]: Input<T[Key]> }
