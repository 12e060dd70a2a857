import type { Entity } from '../component/scope.ts'
import type { FunctionType, WitType } from '../type/type.ts'

/** What a component wants and what it offers, with the names that its types have there. Equal types are one object. */
export interface World {
  readonly imports: readonly WorldItem[]
  readonly exports: readonly WorldItem[]
}

/** One thing of a world or of an interface, under its name. */
export type WorldItem = { readonly name: string } & (
  | { readonly kind: 'function'; readonly type: FunctionType }
  | { readonly kind: 'type'; readonly type: WitType }
  | { readonly kind: 'interface'; readonly items: readonly WorldItem[] }
  /** Something that needs what ipvm does not have. */
  | { readonly kind: 'unsupported'; readonly feature: string }
  /** Something that has no form in WIT; `reason` ends the sentence that begins with its name. */
  | { readonly kind: 'withheld'; readonly reason: string }
)

/** The items behind names; types of functions and of interfaces are no items themselves. */
export function worldItems(entities: Iterable<readonly [name: string, entity: Entity]>): WorldItem[] {
  return [...entities].flatMap(([name, entity]) => worldItem(name, entity) ?? [])
}

function worldItem(name: string, entity: Entity): WorldItem | undefined {
  switch (entity.sort) {
    case 'func': {
      const { func } = entity
      if ('unsupported' in func) return { name, kind: 'unsupported', feature: func.unsupported }
      return { name, kind: 'function', type: func.type }
    }
    case 'type': {
      const { type } = entity
      if (type.kind === 'unsupported') return { name, kind: 'unsupported', feature: type.feature }
      return type.kind === 'value' ? { name, kind: 'type', type: type.type } : undefined
    }
    case 'instance':
      return { name, kind: 'interface', items: worldItems(entity.instance) }
    default:
      return { name, kind: 'unsupported', feature: `${entity.sort}s passed around` }
  }
}
