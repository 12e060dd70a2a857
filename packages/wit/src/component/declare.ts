import type { Declaration, Extern } from '../binary/component.ts'
import { nestingMax } from '../limits.ts'
import type { ImportedFunction } from './linkage.ts'
import { at, refuse, Scope, type Entity, type FunctionEntity, type TypeEntity } from './scope.ts'
import { asTask, effectsInterface, taskType } from '../type/effects.ts'
import type { TypeResolver } from './type-scope.ts'

/** An import of a whole component or an import or export of a world, to be made into something to refer to. */
export interface Declared {
  readonly name: string
  /** The interface that it is in; not there for one at the top. */
  readonly owner?: string
  /** Resources of exports are the guest's own. */
  readonly direction: 'import' | 'export'
  readonly extern: Extern
  readonly scope: Scope
  readonly types: TypeResolver
  readonly offset: number
  /** Counts the work. */
  readonly spend: (weight: number) => void
}

/** What a declaration gives; `wanted` says whether somebody has to give anything: nothing but types needs nobody. */
export interface DeclaredEntity {
  readonly entity: Entity
  readonly wanted: boolean
  readonly functions: readonly ImportedFunction[]
}

/** What an import or export is, from its type alone. */
export function declaredEntity(declared: Declared): DeclaredEntity {
  const { extern, scope, offset, name, owner, direction } = declared
  switch (extern.sort) {
    case 'func': {
      const func = hostFunction(at(scope.types, extern.type, 'type', offset), owner ?? '', name, offset)
      const listed = 'type' in func ? { name, type: func.type } : { name }
      return { entity: { sort: 'func', func }, wanted: true, functions: [listed] }
    }
    case 'type': {
      const type = at(scope.types, extern.equal, 'type', offset)
      const isTask = direction === 'import' && owner === effectsInterface && name === taskType
      return { entity: { sort: 'type', type: isTask ? asTask(type) : type }, wanted: false, functions: [] }
    }
    case 'resource': {
      const resource = owner === undefined ? name : `${owner}#${name}`
      const type: TypeEntity =
        direction === 'import' ? { kind: 'resource', resource } : { kind: 'unsupported', feature: 'resources' }
      return { entity: { sort: 'type', type }, wanted: true, functions: [] }
    }
    case 'instance':
      return declaredInstance(declared, at(scope.types, extern.type, 'type', offset), 0)
    default:
      return refuse(`an import of a ${extern.sort} (${name}), which no host gives`, offset)
  }
}

function declaredInstance(declared: Declared, type: TypeEntity, depth: number): DeclaredEntity {
  const { types, offset } = declared
  const owner = declared.owner ?? declared.name
  if (type.kind !== 'instance') return refuse(`the import ${owner} without an instance type`, offset)
  if (depth > nestingMax) refuse(`instance types nested deeper than ${nestingMax}`, offset)
  const scope = new Scope(type.scope, type.scope.component)
  const exports = new Map<string, Entity>()
  const functions: ImportedFunction[] = []
  let wanted = false
  declared.spend(1 + type.declarations.length)
  for (const declaration of type.declarations) {
    if (declaration.kind === 'type') scope.types.push(types.resolve(declaration.type, scope, offset))
    else if (declaration.kind === 'alias') aliasDeclaration(declaration, scope, offset)
    else if (declaration.kind === 'export') {
      const { extern, name } = declaration
      const member = { ...declared, scope, owner, name, extern }
      const { entity, ...inner } =
        extern.sort === 'instance'
          ? declaredInstance(member, at(scope.types, extern.type, 'type', offset), depth + 1)
          : declaredEntity(member)
      wanted ||= inner.wanted
      functions.push(...inner.functions)
      exports.set(name, entity)
      scope.add(entity)
    }
  }
  return { entity: { sort: 'instance', instance: exports }, wanted, functions }
}

function hostFunction(type: TypeEntity, host: string, name: string, offset: number): FunctionEntity {
  if (type.kind === 'function') return { type: type.type, source: { host, name } }
  return { unsupported: type.kind === 'unsupported' ? type.feature : `an import that is a ${type.kind}`, offset }
}

/** An alias inside a component or instance type. */
export function aliasDeclaration(declaration: Declaration & { kind: 'alias' }, scope: Scope, offset: number): void {
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
