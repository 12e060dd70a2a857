import { labelIndex, type NameOf, type WitType } from '@ipvm/wit'
import { camelCase, isName, propertyKey } from './identifier.ts'

/** Carries the name out of the recursion that cannot be written; whoever starts it catches it. */
export class Unnameable {
  readonly problem: string

  constructor(problem: string) {
    this.problem = problem
  }
}

/**
 * A WIT type as the TypeScript type of its wire form: what stands in a workflow's arguments, and comes back in results
 * (wire format § IPLD ↔ WIT). Integers and floats are the names of `@ipvm/author/types`, under `wit`.
 */
export function spellType(type: WitType, nameOf: NameOf): string {
  return nameOf(type) ?? spellStructure(type, nameOf)
}

/** What a type is made of, whether it has a name or not. */
export function spellStructure(type: WitType, nameOf: NameOf): string {
  const spell = (part: WitType) => spellType(part, nameOf)
  switch (type.kind) {
    case 'bool':
      return 'boolean'
    case 'string':
      return 'string'
    case 'list':
      return type.type.kind === 'u8' ? 'Uint8Array' : `readonly ${grouped(spell(type.type))}[]`
    case 'tuple':
      return `readonly [${type.types.map(spell).join(', ')}]`
    case 'option':
      return type.type.kind === 'option'
        ? `{ readonly some: ${spell(type.type)} } | null`
        : `${spell(type.type)} | null`
    case 'result':
      return `{ readonly ok: ${payload(type.ok, spell)} } | { readonly error: ${payload(type.error, spell)} }`
    case 'record':
      return `{ ${textsOf(type, nameOf).join('; ')} }`
    case 'variant':
    case 'enum':
      return textsOf(type, nameOf).join(' | ')
    case 'flags':
      return `readonly (${type.names.map(literal).join(' | ')})[]`
    case 'own':
    case 'borrow':
      // Functions that take handles are not offered; a type that holds one is nobody's argument.
      return 'never'
    default:
      return `wit.${type.kind}`
  }
}

/** The fields, cases or names of a type, each as the text that stands for it. */
export function spellParts(
  type: WitType & { kind: 'record' | 'variant' | 'enum' },
  nameOf: NameOf,
): readonly { readonly name: string; readonly text: string }[] {
  const spell = (part: WitType) => spellType(part, nameOf)
  switch (type.kind) {
    case 'record':
      return distinct(type.fields).map(({ name, type: field }) => ({
        name,
        text: property(camelKey(name), spell(field)),
      }))
    case 'variant':
      return distinct(type.cases).map(part => ({
        name: part.name,
        text: `{ ${property(camelKey(part.name), payload(part.type, spell))} }`,
      }))
    case 'enum':
      return type.names.map(name => ({ name, text: literal(name) }))
  }
}

function textsOf(type: WitType & { kind: 'record' | 'variant' | 'enum' }, nameOf: NameOf): string[] {
  return spellParts(type, nameOf).map(({ text }) => text)
}

function payload(type: WitType | undefined, spell: (type: WitType) => string): string {
  return type ? spell(type) : 'null'
}

function property(key: string, type: string): string {
  return `readonly ${key}: ${type}`
}

function grouped(text: string): string {
  return /^[\w.]+$/.test(text) ? text : `(${text})`
}

/** The key of a field or case. What would not be found again under its camelCase (`to-2d`) keeps its own name. */
function camelKey(name: string): string {
  const camel = camelCase(isName(name) ? name : refuse(name)).replace(/_$/, '')
  return propertyKey(labelIndex([name], camel) === 0 ? camel : name)
}

/** Two labels that are one in camelCase would hide each other. */
function distinct<T extends { readonly name: string }>(parts: readonly T[]): readonly T[] {
  const seen = new Set<string>()
  for (const { name } of parts) {
    const key = camelKey(name)
    if (seen.has(key)) throw new Unnameable(`two parts of a type are both ${key} in TypeScript`)
    seen.add(key)
  }
  return parts
}

function literal(name: string): string {
  return `'${isName(name) ? name : refuse(name)}'`
}

function refuse(name: string): never {
  throw new Unnameable(`${JSON.stringify(name)} is no name`)
}
