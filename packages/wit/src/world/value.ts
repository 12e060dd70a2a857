import type { Result, Value, ValueMap } from '@ipvm/ipld'
import { printStructure, printType, type NameOf } from '../type/print.ts'
import type { WorldNames } from './names.ts'
import { named, type Unprintable } from './print.ts'
import type { World, WorldItem } from './world.ts'

/** A world as data for programs; types are WIT text, by the names that they have. Failure: `Unprintable`. */
export function worldValue(world: World): Result<ValueMap, Unprintable> {
  return named(world, names => ({
    imports: itemValues(world.imports, names),
    exports: itemValues(world.exports, names),
  }))
}

function itemValues(items: readonly WorldItem[], names: WorldNames): Value[] {
  const nameOf = names.among(items)
  return items.map(item => ({ name: item.name, kind: item.kind, ...fields(item, names, nameOf) }))
}

function fields(item: WorldItem, names: WorldNames, nameOf: NameOf): ValueMap {
  switch (item.kind) {
    case 'function': {
      const { params, result } = item.type
      const typed = params.map(({ name, type }) => ({ name, type: printType(type, nameOf) }))
      return { params: typed, result: result ? printType(result, nameOf) : null }
    }
    case 'type':
      return { type: printStructure(item.type, nameOf) }
    case 'interface':
      return { items: itemValues(item.items, names) }
    case 'unsupported':
      return { feature: item.feature }
    case 'withheld':
      return { reason: item.reason }
  }
}
