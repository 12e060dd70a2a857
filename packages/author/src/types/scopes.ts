import type { NameOf, World, WorldItem, WorldNames } from '@ipvm/wit'
import { camelCase, isName, pascalCase } from './identifier.ts'
import { Unnameable } from './spell.ts'

/** The world itself, or one interface of it, with what its types are called in TypeScript. */
export interface Scope {
  /** The interface's name; '' for the world. */
  readonly owner: string
  /** Under what its functions are found in the binding; those of the world are at its top. */
  readonly key: string | undefined
  readonly items: readonly WorldItem[]
  /** Those of the items that are offered. */
  readonly exports: readonly WorldItem[]
  /** Whether it is an interface that is imported and no more: its types are of interest only where others use them. */
  readonly isForeign: boolean
  /** The name of a type, as seen from here. */
  readonly nameOf: NameOf
  /** What a type of this scope is called. */
  readonly called: (item: TypeItem) => string
  /** Which type, declared elsewhere or under another name, it is the same as. */
  readonly sameAs: (item: TypeItem) => string | undefined
}

/** A type with a name. */
export type TypeItem = WorldItem & { readonly kind: 'type' }

/** The scopes of a world. Every type has one name in the whole file. */
export class Scopes {
  readonly all: readonly Scope[]
  readonly #names: WorldNames
  /** By owner and name in WIT. */
  readonly #typeNames = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #used = new Set<string>()

  constructor({ imports, exports }: World, names: WorldNames) {
    this.#names = names
    const own = { owner: '', items: [...imports, ...exports], exports }
    const interfaces = new Map<string, { owner: string; items: readonly WorldItem[]; exports: readonly WorldItem[] }>()
    const offers = new Set(exports)
    // Imports first, as a type's home is where it is met first.
    for (const item of [...imports, ...exports]) {
      if (item.kind !== 'interface') continue
      const offered = offers.has(item) ? item.items : []
      interfaces.set(item.name, { owner: item.name, items: item.items, exports: offered })
    }
    const parts = [own, ...interfaces.values()]
    for (const { owner, items } of parts) this.#nameTypes(owner, items)
    const keys = this.#keys(exports)
    this.all = parts.map(part => ({
      ...part,
      isForeign: part.owner !== '' && !keys.has(part.owner),
      key: keys.get(part.owner),
      nameOf: this.#nameOf(part.owner, part.items),
      called: item => this.#called(part.owner, item.name),
      sameAs: item => this.#sameAs(part.owner, item),
    }))
  }

  /** A type that is used from elsewhere keeps its name there; two of one name are told apart by their interface. */
  #nameTypes(owner: string, items: readonly WorldItem[]): void {
    for (const item of items) {
      if (item.kind !== 'type') continue
      if (!isName(item.name)) throw new Unnameable(`${JSON.stringify(item.name)} is no name`)
      const home = this.#names.homeOf(item.type)
      const known = home && this.#typeNames.get(keyOf(home.owner, home.name))
      const isSame = home !== undefined && home.name === item.name && home.owner !== owner
      const name = isSame && known !== undefined ? known : this.#fresh(owner, item.name)
      this.#typeNames.set(keyOf(owner, item.name), name)
    }
  }

  #called(owner: string, name: string): string {
    return this.#typeNames.get(keyOf(owner, name)) ?? pascalCase(name)
  }

  #sameAs(owner: string, { name, type }: TypeItem): string | undefined {
    const home = this.#names.homeOf(type)
    if (!home || (home.owner === owner && home.name === name)) return undefined
    const sameAs = this.#called(home.owner, home.name)
    this.#used.add(sameAs)
    return sameAs
  }

  #fresh(owner: string, name: string): string {
    const plain = pascalCase(name)
    const qualified = owner === '' ? plain : `${pascalCase(shortName(owner))}${plain}`
    let candidate = this.#taken.has(plain) ? qualified : plain
    for (let i = 2; this.#taken.has(candidate); i++) candidate = `${qualified}${i}`
    this.#taken.add(candidate)
    return candidate
  }

  #nameOf(owner: string, items: readonly WorldItem[]): NameOf {
    const among = this.#names.among(items)
    return type => {
      const printed = among(type)
      // A name for a number says nothing that its type does not.
      if (printed === undefined || !('fields' in type || 'cases' in type || 'names' in type)) return undefined
      const home = this.#names.homeOf(type)
      const own = this.#typeNames.get(keyOf(owner, printed.replace(/^%/, '')))
      const name = own ?? (home && this.#typeNames.get(keyOf(home.owner, home.name)))
      if (name !== undefined) this.#used.add(name)
      return name
    }
  }

  /** Whether a type was named so far. */
  isUsed(name: string): boolean {
    return this.#used.has(name)
  }

  /** Interfaces by the last part of their name, unless a function or another interface has it. */
  #keys(exports: readonly WorldItem[]): Map<string, string> {
    const keys = new Map<string, string>()
    const taken = new Set(exports.filter(({ kind }) => kind === 'function').map(({ name }) => camelCase(name)))
    for (const { kind, name } of exports) {
      if (kind !== 'interface') continue
      const short = shortName(name)
      if (!isName(short)) throw new Unnameable(`${JSON.stringify(name)} is no name`)
      const key = taken.has(camelCase(short)) ? name : camelCase(short)
      taken.add(key)
      keys.set(name, key)
    }
    return keys
  }
}

/** `math` of `ipvm:ops/math@0.1.0`. */
function shortName(owner: string): string {
  const [path = ''] = owner.split('@')
  return path.slice(path.lastIndexOf('/') + 1)
}

function keyOf(owner: string, name: string): string {
  return `${owner}#${name}`
}
