import type { Component, Declaration, SortIndex } from '../binary/component.ts'
import type { FunctionType, WitType } from '../type/type.ts'
import type { CoreExports, CoreItem, FunctionSource } from './linkage.ts'
import type { Scope } from './scope.ts'

/** A component function; one whose type ipvm does not have says which feature that is. */
export type FunctionEntity =
  | { readonly type: FunctionType; readonly source: FunctionSource }
  | { readonly unsupported: string; readonly offset: number }

/** A type, resolved as far as it can be used. */
export type TypeEntity =
  | { readonly kind: 'value'; readonly type: WitType }
  | { readonly kind: 'function'; readonly type: FunctionType }
  | { readonly kind: 'instance' | 'component'; readonly declarations: readonly Declaration[]; readonly scope: Scope }
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

/** The sorts that a component instance can export. */
export type EntitySort = Entity['sort'] & SortIndex['sort']
