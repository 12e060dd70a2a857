import { TypeFlags, type Checker, type Type } from 'typescript/unstable/sync'
import { shownCharactersMax } from '../limits.ts'

/** What a type that WIT does not have is better written as. */
const insteadOf: Readonly<Record<string, string>> = {
  Promise: 'functions are synchronous: remove "async", and take what you would wait for as an argument',
  Map: 'take an array of pairs, [K, V][]',
  ReadonlyMap: 'take an array of pairs, [K, V][]',
  Set: 'a Set of string literals is expressible (as flags), any other is not: take an array',
  Date: 'take the milliseconds as a number',
  RegExp: 'take the source as a string',
  Error: 'return Result<T, string>, or throw',
  ArrayBuffer: 'take a Uint8Array',
  DataView: 'take a Uint8Array',
  Int8Array: 'take s8[]',
  Uint8ClampedArray: 'take a Uint8Array',
  Int16Array: 'take s16[]',
  Uint16Array: 'take u16[]',
  Int32Array: 'take s32[]',
  Uint32Array: 'take u32[]',
  Float32Array: 'take f32[]',
  Float64Array: 'take number[]',
  BigInt64Array: 'take bigint[]',
  BigUint64Array: 'take u64[]',
}

/** What to do about a type that WIT cannot express. */
export function suggestionFor(type: Type, checker: Checker): string {
  if (type.flags & TypeFlags.AnyOrUnknown) return 'give it a type'
  if (type.flags & TypeFlags.Never) return 'no value has this type'
  if (type.flags & TypeFlags.TypeParameter) return 'a component has no generics: name the type'
  if (type.flags & (TypeFlags.NumberLiteral | TypeFlags.BigIntLiteral))
    return 'literals are strings: write "one" | "two"'
  if (type.flags & TypeFlags.BooleanLiteral) return 'take a boolean'
  if (type.flags & (TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) return 'take a string'
  if (type.flags & (TypeFlags.ESSymbolLike | TypeFlags.NonPrimitive)) return 'name the properties in an interface'
  if (type.isUnionType()) {
    const [first] = type.getTypes()
    if (first && first.flags & (TypeFlags.NumberLiteral | TypeFlags.BigIntLiteral)) return suggestionFor(first, checker)
    return 'a union holds string literals, or objects that a literal property tells apart, as { tag: "circle", r: number } | { tag: "dot" }'
  }
  if (checker.getSignaturesOfType(type, 0).length > 0) return 'a function cannot be sent: send what it would compute'
  const name = type.getAliasSymbol()?.name ?? type.getSymbol()?.name
  const known = name !== undefined && Object.hasOwn(insteadOf, name) ? insteadOf[name] : undefined
  if (known !== undefined) return known
  if (checker.getIndexInfosOfType(type).length > 0)
    return 'take an array of pairs, [string, T][], or name each property'
  return 'use an interface whose properties are data'
}

/** A type as the author wrote it, cut where it is long. */
export function shownType(type: Type, checker: Checker): string {
  const text = checker.typeToString(type)
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
}
