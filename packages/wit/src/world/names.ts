import { printedTypesMax } from '../limits.ts'
import { printName, printType, type NameOf } from '../type/print.ts'
import type { WitType } from '../type/type.ts'
import type { World, WorldItem } from './world.ts'

/** Where a type is defined (an interface, or '' for the world), and under which name. */
export interface Home {
  readonly owner: string
  readonly name: string
}

/** There is more to print than anyone would read: types within types, over and over. */
export class WorldTooLarge extends Error {}

/** The names of a world's types. Types that are the same have one home, and may be used from there elsewhere. */
export class WorldNames {
  readonly #homes = new Map<WitType, Home>()
  #looked = 0

  constructor({ imports, exports }: World) {
    for (const item of [...imports, ...exports]) {
      if (item.kind === 'type') this.#settle(item.type, '', item.name)
      if (item.kind !== 'interface') continue
      for (const inner of item.items) if (inner.kind === 'type') this.#settle(inner.type, item.name, inner.name)
    }
  }

  /** Where a type is met first is where it is defined. */
  #settle(type: WitType, owner: string, name: string): void {
    if (!this.#homes.has(type)) this.#homes.set(type, { owner, name })
  }

  homeOf(type: WitType): Home | undefined {
    return this.#homes.get(type)
  }

  /**
   * The names that types have among these items; a type that has none here keeps the one of its home. A function's type
   * may be written apart from the interface's own: what is made of the same parts as one that has a name is meant by it,
   * since WIT has no records, variants, enums or flags without a name.
   */
  among(items: readonly WorldItem[]): NameOf {
    const here = new Map<WitType, string>()
    const alike = new Map<string, string>()
    for (const item of items) {
      if (item.kind !== 'type') continue
      here.set(item.type, item.name)
      const structure = this.#structureOf(item.type)
      if (structure !== undefined && !alike.has(structure)) alike.set(structure, item.name)
    }
    return type => {
      this.#look()
      const name = here.get(type) ?? alike.get(this.#structureOf(type) ?? '') ?? this.#homes.get(type)?.name
      return name === undefined ? undefined : printName(name)
    }
  }

  /** What a type that has to have a name is made of; nothing for others. */
  #structureOf(type: WitType): string | undefined {
    const isNamed = type.kind === 'record' || type.kind === 'variant' || type.kind === 'enum' || type.kind === 'flags'
    return isNamed ? printType(type, () => this.#look()) : undefined
  }

  #look(): undefined {
    this.#looked += 1
    if (this.#looked > printedTypesMax) throw new WorldTooLarge()
  }
}
