import type { CanonOptions, Definition, NamedIndex, TypeDefinition } from '../binary/component.ts'
import type { CoreItem, LinkedOptions } from './linkage.ts'
import { at, isCoreItemSort, refuse, type Scope, type Entity, type InstanceEntity } from './scope.ts'

/** An export: the thing gets its name, and another index. */
export function addExport(
  definition: Definition & { kind: 'export' },
  scope: Scope,
  exports: Map<string, Entity>,
): void {
  const { name, of, offset } = definition
  if (exports.has(name)) refuse(`two exports named ${name}`, offset)
  const entity = scope.entity(of.sort, of.index, offset)
  exports.set(name, entity)
  scope.add(entity)
}

/** An alias: a thing of another instance or scope gets an index here. */
export function addAlias(definition: Definition & { kind: 'alias' }, scope: Scope): void {
  const { alias, offset } = definition
  if (alias.target === 'outer') {
    // Core types are read over, so an alias of one has nothing to point at and nothing that would use it.
    if (alias.sort === 'core type') return
    scope.add(scope.outer(alias.count, offset).entity(alias.sort, alias.index, offset))
    return
  }
  if (alias.target === 'export') {
    const entity = at(scope.instances, alias.instance, 'instance', offset).get(alias.name)
    if (entity?.sort !== alias.sort) refuse(`an alias of ${alias.name}, which the instance has not`, offset)
    scope.add(entity)
    return
  }
  const from = at(scope.coreInstances, alias.instance, 'core instance', offset)
  const { sort, name } = alias
  if (!isCoreItemSort(sort)) refuse(`an alias of a ${sort} of a core instance`, offset)
  const item = 'instance' in from ? { sort, instance: from.instance, name } : from.exports.get(name)
  if (item?.sort !== sort) refuse(`an alias of ${name}, which the core instance has not`, offset)
  scope.addCoreItem(item, offset)
}

/** Things under the names by which they are passed or exported. */
export function namedEntities(named: readonly NamedIndex[], scope: Scope, offset: number): InstanceEntity {
  const entities = new Map<string, Entity>()
  for (const { name, sort, index } of named) {
    if (entities.has(name)) refuse(`two things named ${name}`, offset)
    entities.set(name, scope.entity(sort, index, offset))
  }
  return entities
}

/** Canon options with their indices resolved. */
export function linkedOptions(options: CanonOptions, scope: Scope, offset: number): LinkedOptions {
  const item = (sort: 'core func' | 'core memory', index: number): CoreItem => scope.coreItem(sort, index, offset)
  return {
    encoding: options.encoding,
    ...(options.memory !== undefined && { memory: item('core memory', options.memory) }),
    ...(options.realloc !== undefined && { realloc: item('core func', options.realloc) }),
    ...(options.postReturn !== undefined && { postReturn: item('core func', options.postReturn) }),
  }
}

/** How much work a definition is: itself and its entries. */
export function weightOf(definition: Definition): number {
  switch (definition.kind) {
    case 'core instance':
    case 'instance':
      return 1 + definition.args.length
    case 'core instance exports':
    case 'instance exports':
      return 1 + definition.exports.length
    case 'type':
      return 1 + entriesOf(definition.type)
    default:
      return 1
  }
}

function entriesOf(type: TypeDefinition): number {
  switch (type.kind) {
    case 'record':
      return type.fields.length
    case 'variant':
      return type.cases.length
    case 'tuple':
      return type.types.length
    case 'enum':
    case 'flags':
      return type.names.length
    case 'function':
      return type.params.length
    default:
      return 0
  }
}
