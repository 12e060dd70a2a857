import type { Declaration, Extern } from '../binary/component.ts'
import { nestingMax } from '../limits.ts'
import { at, refuse, Scope, type Entity, type FunctionEntity, type TypeEntity } from './scope.ts'
import type { TypeResolver } from './type-scope.ts'

/** An import of the whole component, to be made into something that its definitions can refer to. */
export interface Imported {
  readonly name: string
  readonly extern: Extern
  readonly scope: Scope
  readonly types: TypeResolver
  readonly offset: number
  /** Counts the work. */
  readonly spend: (weight: number) => void
}

/**
 * What an import is, from its type alone. `wanted` says whether the host has to give anything: an interface of
 * nothing but types needs nobody.
 */
export function importedEntity(imported: Imported): { entity?: Entity; wanted: boolean; functions: string[] } {
  const { extern, scope, offset, name } = imported
  switch (extern.sort) {
    case 'func': {
      const type = at(scope.types, extern.type, 'type', offset)
      return { entity: { sort: 'func', func: hostFunction(type, name, offset) }, wanted: true, functions: [name] }
    }
    case 'type':
      return {
        entity: { sort: 'type', type: at(scope.types, extern.equal, 'type', offset) },
        wanted: false,
        functions: [],
      }
    case 'resource':
      return { entity: { sort: 'type', type: unsupported('resources') }, wanted: true, functions: [] }
    case 'instance':
      return importedInstance(imported, at(scope.types, extern.type, 'type', offset), 0)
    default:
      // A component, module or value: nothing can be made of it, and `wanted` refuses the component anyway.
      return refuse(`an import of a ${extern.sort} (${name}), which no host gives`, offset)
  }
}

function importedInstance(
  imported: Imported,
  type: TypeEntity,
  depth: number,
): { entity: Entity; wanted: boolean; functions: string[] } {
  const { name, types, offset } = imported
  if (type.kind !== 'instance') return refuse(`the import ${name} without an instance type`, offset)
  if (depth > nestingMax) refuse(`instance types nested deeper than ${nestingMax}`, offset)
  const scope = new Scope(type.scope, type.scope.component)
  const exports = new Map<string, Entity>()
  const functions: string[] = []
  let wanted = false
  imported.spend(1 + type.declarations.length)
  for (const declaration of type.declarations) {
    if (declaration.kind === 'type') scope.types.push(types.resolve(declaration.type, scope, offset))
    else if (declaration.kind === 'alias') aliasDeclaration(declaration, scope, offset)
    else if (declaration.kind === 'export') {
      const { extern } = declaration
      const member = { ...imported, scope }
      const inner =
        extern.sort === 'instance'
          ? importedInstance(member, at(scope.types, extern.type, 'type', offset), depth + 1)
          : importedEntity({ ...member, name: declaration.name, extern })
      wanted ||= inner.wanted
      functions.push(...inner.functions)
      if (!inner.entity) continue
      const entity = named(inner.entity, name, declaration.name)
      exports.set(declaration.name, entity)
      scope.add(entity)
    }
  }
  return { entity: { sort: 'instance', instance: exports }, wanted, functions }
}

function named(entity: Entity, host: string, name: string): Entity {
  if (entity.sort !== 'func' || 'unsupported' in entity.func) return entity
  return { sort: 'func', func: { type: entity.func.type, source: { host, name } } }
}

function hostFunction(type: TypeEntity, name: string, offset: number): FunctionEntity {
  if (type.kind === 'function') return { type: type.type, source: { host: '', name } }
  return { unsupported: type.kind === 'unsupported' ? type.feature : `an import that is a ${type.kind}`, offset }
}

function aliasDeclaration(declaration: Declaration & { kind: 'alias' }, scope: Scope, offset: number): void {
  const { alias } = declaration
  if (alias.sort === 'core type') return
  if (alias.target === 'outer') {
    scope.add(scope.outer(alias.count, offset).entity(alias.sort, alias.index, offset))
    return
  }
  const entity = at(scope.instances, alias.instance, 'instance', offset).get(alias.name)
  if (entity?.sort !== alias.sort) refuse(`an alias of ${alias.name}, which the instance has not`, offset)
  scope.add(entity)
}

function unsupported(feature: string): TypeEntity {
  return { kind: 'unsupported', feature }
}
