import type { Case, Field, FunctionType, WitType } from './type.ts'

/** The name of a type where it has one; then the name is printed in its place. */
export type NameOf = (type: WitType) => string | undefined

const nameless: NameOf = () => undefined

/** A type as WIT text on one line: `list<tuple<string, u32>>`, `record { x: u32 }`, `point`. */
export function printType(type: WitType, nameOf: NameOf = nameless): string {
  return nameOf(type) ?? printStructure(type, nameOf)
}

/** What a type is made of, whether it has a name or not. */
export function printStructure(type: WitType, nameOf: NameOf): string {
  const print = (part: WitType) => printType(part, nameOf)
  switch (type.kind) {
    case 'list':
    case 'option':
      return `${type.kind}<${print(type.type)}>`
    case 'tuple':
      return `tuple<${type.types.map(print).join(', ')}>`
    case 'record':
    case 'variant':
    case 'enum':
    case 'flags':
      return `${type.kind} { ${printParts(type, nameOf).join(', ')} }`
    case 'result':
      return printResult(type.ok && print(type.ok), type.error && print(type.error))
    case 'own':
    case 'borrow':
      return `${type.kind}<${type.resource}>`
    default:
      return type.kind
  }
}

/** The fields, cases or names of a type, each as WIT text. */
export function printParts(
  type: WitType & { kind: 'record' | 'variant' | 'enum' | 'flags' },
  nameOf: NameOf,
): string[] {
  switch (type.kind) {
    case 'record':
      return type.fields.map(field => printField(field, nameOf))
    case 'variant':
      return type.cases.map(part => printCase(part, nameOf))
    default:
      return type.names.map(printName)
  }
}

/** A function as WIT text: `crop: func(png: list<u8>, x: u32) -> result<list<u8>, string>`. */
export function printFunction(name: string, type: FunctionType, nameOf: NameOf = nameless): string {
  const result = type.result ? ` -> ${printType(type.result, nameOf)}` : ''
  return `${name}: func(${type.params.map(param => printField(param, nameOf)).join(', ')})${result}`
}

function printField(field: Field, nameOf: NameOf): string {
  return `${printName(field.name)}: ${printType(field.type, nameOf)}`
}

function printCase(part: Case, nameOf: NameOf): string {
  return part.type ? `${printName(part.name)}(${printType(part.type, nameOf)})` : printName(part.name)
}

function printResult(ok: string | undefined, error: string | undefined): string {
  if (error !== undefined) return `result<${ok ?? '_'}, ${error}>`
  return ok === undefined ? 'result' : `result<${ok}>`
}

/** Words of WIT that are names only behind a `%` (WIT § Keywords). */
const keywords = new Set(
  [
    'as async bool borrow char constructor enum error-context export f32 f64 flags from func future import include',
    'interface list map option own package record resource result s16 s32 s64 s8 static stream string tuple type u16',
    'u32 u64 u8 use variant with world',
  ].flatMap(words => words.split(' ')),
)

/** A name as it has to be written in WIT. */
export function printName(name: string): string {
  return keywords.has(name) ? `%${name}` : name
}
