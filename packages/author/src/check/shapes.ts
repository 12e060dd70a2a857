import { SymbolFlags, TypeFlags, type Checker, type Symbol as TypeSymbol, type Type } from 'typescript/unstable/sync'
import { casesMax, flagsMax, typeDepthMax } from '../limits.ts'
import { labelOf, unspellable } from '../wit/label.ts'
import type { Labelled, NamedShape, Shape, VariantCase } from '../wit/shape.ts'
import { commentOf, isOfLibrary, letter, nameOf } from './name.ts'
import { shownType, suggestionFor } from './refuse.ts'

/** Thrown inside this folder only: a type that WIT cannot express. It is caught where its place is known. */
export class Inexpressible extends Error {}

/** Where a type stands: what it is called if it has no name of its own, and what a refusal calls it. */
export interface Position {
  readonly label: string
  readonly called: string
}

const numbers = ['u8', 'u16', 'u32', 's8', 's16', 's32', 'f32', 'f64'] as const
const nothing = TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void
const tagNames = ['tag', 'kind', 'type']
const payloadNames = ['val', 'value']

/** Turns types of the compiler into shapes, and collects those that have names in WIT. */
export class Shapes {
  readonly #checker: Checker
  readonly #named = new Map<number, NamedShape>()
  readonly #taken = new Map<string, number>()
  readonly #open = new Set<number>()

  constructor(checker: Checker) {
    this.#checker = checker
  }

  /** The types with names, each after those that it is made of. */
  get types(): readonly NamedShape[] {
    return [...this.#named.values()]
  }

  /** The shape of a type. Throws {@link Inexpressible}. */
  of(type: Type, position: Position): Shape {
    if (this.#open.size > typeDepthMax) throw this.#refused(type, position, 'it nests too deep: flatten it')
    const simple = this.#primitive(type) ?? this.#known(type, position)
    if (simple) return simple
    if (type.isUnionType()) return this.#union(type, position)
    if (type.isStringLiteralType()) return this.#enum(type, [type], position)
    if (type.isObjectType()) return this.#object(type, position)
    throw this.#refused(type, position)
  }

  #primitive(type: Type): Shape | undefined {
    if (type.flags & TypeFlags.String) return { kind: 'string' }
    if (type.flags & TypeFlags.Number) return { kind: 'number', wit: 'f64' }
    if (type.flags & TypeFlags.BigInt) return { kind: 'bigint', wit: 's64' }
    if (type.flags & TypeFlags.Boolean) return { kind: 'bool' }
    return type.isIntersectionType() ? this.#brand(type) : undefined
  }

  /** A brand is the property that no value has; its type is the name of the WIT type. */
  #brand(type: Type): Shape | undefined {
    const mark = this.#checker.getPropertiesOfType(type).find(({ escapedName }) => escapedName.startsWith('__@wit@'))
    const literal = mark && this.#checker.getNonNullableType(this.#typeOf(mark))
    const name = literal?.isStringLiteralType() ? literal.value : undefined
    const number = numbers.find(known => known === name)
    if (number) return { kind: 'number', wit: number }
    if (name === 'u64' || name === 's64') return { kind: 'bigint', wit: name }
    if (name === 'task') return { kind: 'bytes', task: true }
    return name === 'char' ? { kind: 'char' } : undefined
  }

  #known(type: Type, position: Position): Shape | undefined {
    const symbol = type.getSymbol()?.name
    if (this.#checker.isTupleType(type)) return this.#tuple(type, position)
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#argumentsOf(type)
      if (item) return { kind: 'list', item: this.of(item, { ...position, label: `${position.label}-item` }) }
    }
    if (symbol === 'Uint8Array') return { kind: 'bytes' }
    if (symbol === 'Set' || symbol === 'ReadonlySet') return this.#flags(type, position)
    return undefined
  }

  #tuple(type: Type, position: Position): Shape {
    const items = this.#argumentsOf(type)
    const target = type.isTypeReference() ? type.getTarget() : type
    if (items.length === 0 || (target.isTupleType() && target.elementFlags.some(flag => flag !== 1))) {
      throw this.#refused(type, position, 'a tuple has a fixed number of members: use an array for the rest')
    }
    const shapes = items.map((item, index) =>
      this.of(item, { ...position, label: `${position.label}-${letter(index)}` }),
    )
    return { kind: 'tuple', items: shapes }
  }

  #union(type: Type, position: Position): Shape {
    const parts = type.isUnionType() ? type.getTypes() : [type]
    const absent = parts.filter(part => part.flags & nothing)
    if (absent.length > 0) {
      const rest = this.#checker.getNonNullableType(type)
      if (!rest || absent.length === parts.length) throw this.#refused(type, position)
      const none = absent.every(part => part.flags & TypeFlags.Null) ? 'null' : 'undefined'
      return { kind: 'option', some: this.of(rest, position), none }
    }
    if (parts.every(part => part.flags & TypeFlags.StringLiteral)) return this.#enum(type, parts, position)
    if (parts.every(part => part.flags & TypeFlags.BooleanLiteral)) return { kind: 'bool' }
    return this.#result(parts, position) ?? this.#variant(type, parts, position)
  }

  #enum(type: Type, parts: readonly Type[], position: Position): Shape {
    return this.#name(type, position, (label, docs) => {
      if (parts.length > casesMax) throw this.#refused(type, position, `at most ${casesMax} literals`)
      return { kind: 'enum', label, docs, cases: this.#literals(parts, type, position) }
    })
  }

  #flags(type: Type, position: Position): Shape {
    const [item] = this.#argumentsOf(type)
    const parts = item?.isUnionType() ? item.getTypes() : item ? [item] : []
    if (parts.length === 0 || parts.length > flagsMax || !parts.every(part => part.isStringLiteralType())) {
      throw this.#refused(type, position, `a Set holds one to ${flagsMax} string literals: take an array otherwise`)
    }
    const named = item?.getAliasSymbol() ? item : type
    return this.#name(named, position, (label, docs) => ({
      kind: 'flags',
      label,
      docs,
      cases: this.#literals(parts, type, position),
    }))
  }

  #literals(parts: readonly Type[], type: Type, position: Position): Labelled[] {
    const cases = parts.map(part => {
      const name = part.isStringLiteralType() ? part.value : ''
      return { name, label: this.#label(name), docs: '' }
    })
    this.#distinct(cases, type, position)
    return cases
  }

  /** `{ ok: T } | { error: E }`. */
  #result(parts: readonly Type[], position: Position): Shape | undefined {
    if (parts.length !== 2) return undefined
    const sides = parts.map(part => this.#checker.getPropertiesOfType(part)).filter(({ length }) => length === 1)
    const side = (name: string) => sides.flat().find(property => property.name === name)
    const [ok, error] = [side('ok'), side('error')]
    if (!ok || !error) return undefined
    const payload = (property: TypeSymbol, suffix: string) => {
      const type = this.#typeOf(property)
      if (type.flags & nothing) return undefined
      return this.of(type, { ...position, label: `${position.label}-${suffix}` })
    }
    return { kind: 'result', ok: payload(ok, 'ok'), error: payload(error, 'error') }
  }

  #variant(type: Type, parts: readonly Type[], position: Position): Shape {
    const tag = tagNames.find(name => parts.every(part => this.#literalAt(part, name) !== undefined))
    if (tag === undefined || parts.length > casesMax) throw this.#refused(type, position)
    return this.#name(type, position, (label, docs) => {
      const cases = parts.map(part => this.#case(part, tag, label, position))
      this.#distinct(cases, type, position)
      return { kind: 'variant', label, docs, tag, cases }
    })
  }

  #case(part: Type, tag: string, variant: string, position: Position): VariantCase {
    const name = this.#literalAt(part, tag) ?? ''
    const label = this.#label(name)
    const rest = this.#checker.getPropertiesOfType(part).filter(property => property.name !== tag)
    const docs = this.#docsOf(part)
    const [first] = rest
    if (!first) return { name, label, docs, payload: undefined, key: undefined }
    const inner = { label: `${variant}-${label}`, called: `${position.called}, case "${name}"` }
    if (rest.length === 1 && payloadNames.includes(first.name)) {
      return { name, label, docs, payload: this.of(this.#typeOf(first), inner), key: first.name }
    }
    return { name, label, docs, payload: this.#record(part, inner, rest), key: undefined }
  }

  #literalAt(type: Type, name: string): string | undefined {
    const property = type.isObjectType() ? this.#checker.getPropertyOfType(type, name) : undefined
    const literal = property && this.#typeOf(property)
    return literal?.isStringLiteralType() ? literal.value : undefined
  }

  #object(type: Type, position: Position): Shape {
    const symbol = type.getSymbol()
    const isClass = symbol !== undefined && (symbol.flags & SymbolFlags.Class) !== 0
    const isData =
      !isClass &&
      this.#checker.getSignaturesOfType(type, 0).length === 0 &&
      this.#checker.getSignaturesOfType(type, 1).length === 0 &&
      this.#checker.getIndexInfosOfType(type).length === 0
    if (!isData || isOfLibrary(type)) throw this.#refused(type, position)
    return this.#record(type, position, this.#checker.getPropertiesOfType(type))
  }

  #record(type: Type, position: Position, properties: readonly TypeSymbol[]): Shape {
    return this.#name(type, position, (label, docs) => {
      if (properties.length === 0) throw this.#refused(type, position, 'an object has at least one property')
      const fields = properties.map(property => {
        const inner = {
          label: `${label}-${this.#label(property.name)}`,
          called: `the property "${property.name}" of ${position.called}`,
        }
        const shape = this.of(this.#typeOf(property), inner)
        return {
          name: property.name,
          label: this.#label(property.name),
          docs: commentOf(property, this.#checker),
          shape,
        }
      })
      this.#distinct(fields, type, position)
      return { kind: 'record', label, docs, fields }
    })
  }

  /** The shape of a type with a name, made once; its name is the author's where the author gave one. */
  #name(type: Type, position: Position, make: (label: string, docs: string) => NamedShape): NamedShape {
    const known = this.#named.get(type.id)
    if (known) return known
    if (this.#open.has(type.id))
      throw this.#refused(type, position, 'it holds itself, which WIT has no type for: use an array with indices')
    const own = nameOf(type)
    const label = own === undefined ? position.label : this.#label(own)
    const other = this.#taken.get(label)
    if (other !== undefined && other !== type.id) {
      throw new Inexpressible(`${position.called}: two types are called "${label}" in WIT; rename one of them`)
    }
    this.#taken.set(label, type.id)
    this.#open.add(type.id)
    try {
      const shape = make(label, this.#docsOf(type))
      this.#named.set(type.id, shape)
      return shape
    } finally {
      this.#open.delete(type.id)
    }
  }

  #distinct(parts: readonly Labelled[], type: Type, position: Position): void {
    const seen = new Map<string, string>()
    for (const { name, label } of parts) {
      const other = seen.get(label)
      if (other !== undefined) {
        throw this.#refused(type, position, `"${other}" and "${name}" are both "${label}" in WIT: rename one of them`)
      }
      seen.set(label, name)
    }
  }

  #label(name: string): string {
    const label = labelOf(name)
    if (label === undefined) throw new Inexpressible(unspellable(name))
    return label
  }

  #docsOf(type: Type): string {
    const symbol =
      type.getAliasSymbol() ?? (isOfLibrary(type) || nameOf(type) === undefined ? undefined : type.getSymbol())
    return symbol ? commentOf(symbol, this.#checker) : ''
  }

  #typeOf(symbol: TypeSymbol): Type {
    return this.#checker.getTypeOfSymbol(symbol) ?? this.#checker.getUnknownType()
  }

  #argumentsOf(type: Type): readonly Type[] {
    return type.isTypeReference() ? this.#checker.getTypeArguments(type) : []
  }

  #refused(type: Type, { called }: Position, suggestion = suggestionFor(type, this.#checker)): Inexpressible {
    return new Inexpressible(
      `${called} has the type ${shownType(type, this.#checker)}, which WIT cannot express; ${suggestion}`,
    )
  }
}
