import type { LabelledReference, TypeDefinition, TypeReference } from '../binary/component.ts'
import { typeDepthMax, typePartsMax } from '../limits.ts'
import { partsOf, type Case, type Field, type FunctionType, type WitType } from '../type/type.ts'
import { at, refuse, type Scope, type TypeEntity } from './scope.ts'

/** Carries the name of a feature that a type uses and ipvm does not have, up to the type's definition. */
class UnsupportedType {
  readonly feature: string

  constructor(feature: string) {
    this.feature = feature
  }
}

/** How large a type is when written out in full, and whether there is a handle in it. */
interface Extent {
  readonly parts: number
  readonly depth: number
  readonly handles: boolean
}

/** Resolves the types of components, and keeps how large each is when written out in full. */
export class TypeResolver {
  readonly #extents = new WeakMap<WitType, Extent>()
  readonly #handling = new WeakSet<FunctionType>()

  /** Whether a function takes or gives handles. */
  mentionsHandle(type: FunctionType): boolean {
    return this.#handling.has(type)
  }

  /** What a type definition means in a scope. */
  resolve(definition: TypeDefinition, scope: Scope, offset: number): TypeEntity {
    if (definition.kind === 'instance' || definition.kind === 'component') {
      return { kind: definition.kind, declarations: definition.declarations, scope }
    }
    try {
      if (definition.kind === 'function') return { kind: 'function', type: this.#function(definition, scope, offset) }
      return { kind: 'value', type: this.#measured(this.#value(definition, scope, offset), offset) }
    } catch (thrown) {
      if (thrown instanceof UnsupportedType) return { kind: 'unsupported', feature: thrown.feature }
      throw thrown
    }
  }

  #function(definition: TypeDefinition & { kind: 'function' }, scope: Scope, offset: number): FunctionType {
    const params = this.#fields(definition.params, scope, offset)
    const result = definition.result === undefined ? undefined : this.#reference(definition.result, scope, offset)
    const whole = params.map(param => param.type)
    const all = this.#measured({ kind: 'tuple', types: result ? [...whole, result] : whole }, offset)
    const type = result ? { params, result } : { params }
    if (this.#extents.get(all)?.handles) this.#handling.add(type)
    return type
  }

  #value(definition: TypeDefinition, scope: Scope, offset: number): WitType {
    const resolve = (type: TypeReference): WitType => this.#reference(type, scope, offset)
    switch (definition.kind) {
      case 'reference':
        return resolve(definition.type)
      case 'list':
        return { kind: 'list', type: resolve(definition.type) }
      case 'option':
        return { kind: 'option', type: resolve(definition.type) }
      case 'tuple':
        return { kind: 'tuple', types: definition.types.map(resolve) }
      case 'record':
        return { kind: 'record', fields: this.#fields(definition.fields, scope, offset) }
      case 'variant':
        return { kind: 'variant', cases: this.#cases(definition.cases, scope, offset) }
      case 'enum':
        return { kind: 'enum', names: distinct(definition.names, offset) }
      case 'flags':
        return { kind: 'flags', names: distinct(definition.names, offset) }
      case 'result': {
        const { ok, error } = definition
        return {
          kind: 'result',
          ...(ok !== undefined && { ok: resolve(ok) }),
          ...(error !== undefined && { error: resolve(error) }),
        }
      }
      case 'own':
      case 'borrow':
        return this.#handle(definition.kind, definition.resource, scope, offset)
      case 'unsupported':
        throw new UnsupportedType(definition.feature)
      default:
        return refuse(`a ${definition.kind} type where a value type must stand`, offset)
    }
  }

  #handle(kind: 'own' | 'borrow', index: number, scope: Scope, offset: number): WitType {
    const entity = at(scope.types, index, 'type', offset)
    if (entity.kind === 'unsupported') throw new UnsupportedType(entity.feature)
    if (entity.kind !== 'resource') return refuse(`a handle of a ${entity.kind} type, which is no resource`, offset)
    return { kind, resource: entity.resource }
  }

  #reference(reference: TypeReference, scope: Scope, offset: number): WitType {
    if (typeof reference === 'string') return { kind: reference }
    if (typeof reference === 'object') throw new UnsupportedType(reference.unsupported)
    const entity = at(scope.types, reference, 'type', offset)
    if (entity.kind === 'unsupported') throw new UnsupportedType(entity.feature)
    if (entity.kind !== 'value') return refuse(`a ${entity.kind} type where a value type must stand`, offset)
    return entity.type
  }

  #fields(fields: readonly LabelledReference[], scope: Scope, offset: number): readonly Field[] {
    distinct(
      fields.map(field => field.name),
      offset,
    )
    return fields.map(({ name, type }) => {
      if (type === undefined) return refuse(`the field ${name} without a type`, offset)
      return { name, type: this.#reference(type, scope, offset) }
    })
  }

  #cases(cases: readonly LabelledReference[], scope: Scope, offset: number): readonly Case[] {
    distinct(
      cases.map(part => part.name),
      offset,
    )
    return cases.map(({ name, type }) =>
      type === undefined ? { name } : { name, type: this.#reference(type, scope, offset) },
    )
  }

  /** Types share their parts in memory, but messages and values write them out: so that extent is what is limited. */
  #measured(type: WitType, offset: number): WitType {
    let parts = 1
    let depth = 0
    let handles = isHandle(type)
    for (const part of partsOf(type)) {
      const extent = this.#extents.get(part) ?? { parts: 1, depth: 1, handles: isHandle(part) }
      parts += extent.parts
      depth = Math.max(depth, extent.depth)
      handles ||= extent.handles
    }
    if (type.kind === 'enum' || type.kind === 'flags') parts += type.names.length
    if (type.kind === 'variant') parts += type.cases.length
    if (parts > typePartsMax) refuse(`a type of more than ${typePartsMax} parts`, offset)
    if (depth + 1 > typeDepthMax) refuse(`a type nested deeper than ${typeDepthMax}`, offset)
    this.#extents.set(type, { parts, depth: depth + 1, handles })
    return type
  }
}

function isHandle(type: WitType): boolean {
  return type.kind === 'own' || type.kind === 'borrow'
}

function distinct(names: readonly string[], offset: number): readonly string[] {
  if (new Set(names.map(name => name.toLowerCase())).size !== names.length) refuse('two parts of the same name', offset)
  return names
}
