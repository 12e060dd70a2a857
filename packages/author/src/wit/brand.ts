/**
 * The names of WIT's types in TypeScript; for `import type` alone, so nothing of this module is in a built component.
 * A brand is optional: a plain number may be given where a `u32` is asked for, and what is out of range is refused when
 * the function is called.
 */

declare const wit: unique symbol

/** A `T` that has the WIT type `Name`. */
export type Branded<T, Name extends string> = T & { readonly [wit]?: Name }

export type u8 = Branded<number, 'u8'>
export type u16 = Branded<number, 'u16'>
export type u32 = Branded<number, 'u32'>
export type u64 = Branded<bigint, 'u64'>
export type s8 = Branded<number, 's8'>
export type s16 = Branded<number, 's16'>
export type s32 = Branded<number, 's32'>
export type s64 = Branded<bigint, 's64'>
export type f32 = Branded<number, 'f32'>
export type f64 = Branded<number, 'f64'>
/** One Unicode scalar value, as a string. */
export type char = Branded<string, 'char'>

/** WIT's `result<T, E>`: what a function gives that may fail. `void` stands for a side that has no value. */
export type Result<T = void, E = string> = { readonly ok: T } | { readonly error: E }
