import { Refusal } from '../binary/reader.ts'
import type { Component, Declaration, Sort } from '../binary/component.ts'
import type { FunctionType, WitType } from '../type/type.ts'
import type { CoreExports, CoreItem, CoreItemSort, FunctionSource } from './linkage.ts'

/** A component function; one whose type ipvm does not have says which feature that is. */
export type FunctionEntity =
  | { readonly type: FunctionType; readonly source: FunctionSource }
  | { readonly unsupported: string; readonly offset: number }

/** A type, resolved as far as it can be used. */
export type TypeEntity =
  | { readonly kind: 'value'; readonly type: WitType }
  | { readonly kind: 'function'; readonly type: FunctionType }
  | { readonly kind: 'instance' | 'component'; readonly declarations: readonly Declaration[]; readonly scope: Scope }
  | { readonly kind: 'resource'; readonly resource: string }
  | { readonly kind: 'unsupported'; readonly feature: string }

/** A component with the scope in which it was defined, from which its outer aliases are resolved. */
export interface ComponentEntity {
  readonly component: Component
  readonly scope: Scope
}

/** A core instance: one that is really made, or names picked from others. */
export type CoreInstanceEntity =
  | { readonly instance: number }
  | { readonly exports: ReadonlyMap<string, CoreItem>; readonly list: CoreExports }

/** Anything that has a name in a component instance. */
export type Entity =
  | { readonly sort: 'func'; readonly func: FunctionEntity }
  | { readonly sort: 'type'; readonly type: TypeEntity }
  | { readonly sort: 'instance'; readonly instance: InstanceEntity }
  | { readonly sort: 'component'; readonly component: ComponentEntity }
  | { readonly sort: 'core module'; readonly module: number }

/** A component instance: its exports by name. */
export type InstanceEntity = ReadonlyMap<string, Entity>

/** The index spaces of one component, or of one component or instance type, filled as its definitions are read. */
export class Scope {
  readonly parent: Scope | undefined
  /** The component instance that this scope belongs to. */
  readonly component: number
  readonly coreItems: Readonly<Record<CoreItemSort, CoreItem[]>> = {
    'core func': [],
    'core table': [],
    'core memory': [],
    'core global': [],
  }
  readonly coreModules: number[] = []
  readonly coreInstances: CoreInstanceEntity[] = []
  readonly funcs: FunctionEntity[] = []
  readonly types: TypeEntity[] = []
  readonly instances: InstanceEntity[] = []
  readonly components: ComponentEntity[] = []

  constructor(parent: Scope | undefined, component: number) {
    this.parent = parent
    this.component = component
  }

  /** The scope `count` levels outside this one; 0 is this one. */
  outer(count: number, offset: number): Scope {
    let scope: Scope | undefined = this
    for (let left = count; left > 0 && scope; left--) scope = scope.parent
    return scope ?? refuse(`an alias ${count} components outwards, where there are not so many`, offset)
  }

  /** Gives an entity the next index of its sort. */
  add(entity: Entity): void {
    switch (entity.sort) {
      case 'func':
        this.funcs.push(entity.func)
        return
      case 'type':
        this.types.push(entity.type)
        return
      case 'instance':
        this.instances.push(entity.instance)
        return
      case 'component':
        this.components.push(entity.component)
        return
      case 'core module':
        this.coreModules.push(entity.module)
    }
  }

  /** The entity at an index of a sort that a component instance can hold. */
  entity(sort: Sort, index: number, offset: number): Entity {
    switch (sort) {
      case 'func':
        return { sort, func: at(this.funcs, index, sort, offset) }
      case 'type':
        return { sort, type: at(this.types, index, sort, offset) }
      case 'instance':
        return { sort, instance: at(this.instances, index, sort, offset) }
      case 'component':
        return { sort, component: at(this.components, index, sort, offset) }
      case 'core module':
        return { sort, module: at(this.coreModules, index, sort, offset) }
      default:
        return refuse(`a ${sort} where only functions, types, instances, components and modules can stand`, offset)
    }
  }

  /** The core function, table, memory or global at an index. */
  coreItem(sort: Sort, index: number, offset: number): CoreItem {
    return at(this.#coreItems(sort, offset), index, sort, offset)
  }

  addCoreItem(item: CoreItem, offset: number): void {
    this.#coreItems(item.sort, offset).push(item)
  }

  #coreItems(sort: Sort, offset: number): CoreItem[] {
    return isCoreItemSort(sort)
      ? this.coreItems[sort]
      : refuse(`a ${sort} where a core function, table, memory or global must stand`, offset)
  }
}

/** Whether a sort is one of those that core modules import and export. */
export function isCoreItemSort(sort: Sort): sort is CoreItemSort {
  return sort === 'core func' || sort === 'core table' || sort === 'core memory' || sort === 'core global'
}

/** The entry at an index of an index space. */
export function at<T>(space: readonly T[], index: number, sort: string, offset: number): T {
  return space[index] ?? refuse(`${sort} ${index}, where there are ${space.length}`, offset)
}

/** Gives up on the component. */
export function refuse(problem: string, offset: number): never {
  throw new Refusal(problem, offset)
}
