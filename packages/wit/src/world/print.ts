import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { printedTypesMax } from '../limits.ts'
import { printFunction, printName, printParts, printStructure, type NameOf } from '../type/print.ts'
import type { WitType } from '../type/type.ts'
import { WorldNames, WorldTooLarge } from './names.ts'
import type { World, WorldItem } from './world.ts'

/** The types of a component, written out, are more than anyone would read. */
export interface Unprintable extends Failure {
  readonly name: 'Unprintable'
}

/**
 * A world as WIT text, as `wasm-tools component wit` prints it: the world, then the interfaces that it names, by package.
 * What ipvm does not have is a comment. Failure: `Unprintable`.
 */
export function printWorld(world: World): Result<string, Unprintable> {
  return named(world, names => {
    const printer = new Printer(world, names)
    const lines = [...printer.items(world.imports, 'import'), '', ...printer.items(world.exports, 'export')]
    const root = ['package root:component;', '', 'world root {', ...indented(trimmed(lines)), '}']
    return `${[...root, ...printer.packages()].join('\n')}\n`
  })
}

/** Does work on the types of a world, as far as that has an end. */
export function named<T>(world: World, work: (names: WorldNames) => T): Result<T, Unprintable> {
  try {
    return ok(work(new WorldNames(world)))
  } catch (thrown) {
    if (!(thrown instanceof WorldTooLarge)) throw thrown
    const message = `the component's types are more than ${printedTypesMax} when they are written out: too many to print`
    return error({ name: 'Unprintable', message })
  }
}

/** A name of WIT (Component Model § WIT, Identifiers). */
const isLabel = /^([a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(-([a-z0-9]+|[A-Z0-9]+))*$/

type Interface = WorldItem & { readonly kind: 'interface' }

class Printer {
  readonly #names: WorldNames
  /** Interfaces with a name of their own, by that name; one that is imported and exported is printed once. */
  readonly #interfaces = new Map<string, Interface>()

  constructor({ imports, exports }: World, names: WorldNames) {
    this.#names = names
    for (const item of [...imports, ...exports]) {
      if (item.kind !== 'interface' || !item.name.includes(':')) continue
      if (!this.#interfaces.has(item.name)) this.#interfaces.set(item.name, item)
    }
  }

  /** Items of the world. */
  items(items: readonly WorldItem[], keyword: 'import' | 'export'): string[] {
    const nameOf = this.#names.among(items)
    return items.flatMap(item => {
      if (item.kind === 'function')
        return printNamed(item.name, `${keyword} `, name => printFunction(name, item.type, nameOf))
      if (item.kind !== 'interface') return this.#member(item, '', nameOf)
      if (this.#interfaces.has(item.name)) return `${keyword} ${item.name};`
      return [`${keyword} ${printName(item.name)}: interface {`, ...indented(this.#body(item)), '}']
    })
  }

  packages(): string[] {
    const byPackage = Map.groupBy(this.#interfaces.values(), ({ name }) => packageOf(name))
    return [...byPackage].flatMap(([name, interfaces]) => {
      const bodies = interfaces.map(item => [
        `interface ${interfaceOf(item.name)} {`,
        ...indented(this.#body(item)),
        '}',
      ])
      return ['', `package ${name} {`, ...indented(trimmed(bodies.flatMap(body => [...body, '']))), '}']
    })
  }

  /** Types come first, so that a reader meets a name after its meaning. */
  #body({ name: owner, items }: Interface): string[] {
    const nameOf = this.#names.among(items)
    const types = items.filter(({ kind }) => kind === 'type').flatMap(item => this.#member(item, owner, nameOf))
    const others = items.filter(({ kind }) => kind !== 'type').flatMap(item => this.#member(item, owner, nameOf))
    return trimmed([...types, '', ...others])
  }

  #member(item: WorldItem, owner: string, nameOf: NameOf): string[] {
    switch (item.kind) {
      case 'function':
        return [printNamed(item.name, '', name => printFunction(name, item.type, nameOf))]
      case 'type':
        return this.#type(item.name, item.type, owner, nameOf)
      case 'unsupported':
        return [`// ${printShown(item.name)}: needs ${item.feature}, which ipvm does not have`]
      case 'withheld':
        return [`// ${printShown(item.name)}: ${item.reason}`]
      case 'interface':
        return [`// ${item.name}: an interface inside another`]
    }
  }

  #type(name: string, type: WitType, owner: string, nameOf: NameOf): string[] {
    const home = this.#names.homeOf(type)
    if (home && home.owner !== owner) {
      const used = home.name === name ? printName(name) : `${printName(home.name)} as ${printName(name)}`
      return [`use ${home.owner}.{${used}};`]
    }
    if (home && home.name !== name) return [`type ${printName(name)} = ${printName(home.name)};`]
    switch (type.kind) {
      case 'record':
      case 'variant':
      case 'enum':
      case 'flags':
        return [
          `${type.kind} ${printName(name)} {`,
          ...indented(printParts(type, nameOf).map(part => `${part},`)),
          '}',
          '',
        ]
      default:
        return [`type ${printName(name)} = ${printStructure(type, nameOf)};`]
    }
  }
}

/** A declaration; of a name that WIT has no spelling for, as a comment. */
function printNamed(name: string, keyword: string, print: (name: string) => string): string {
  return isLabel.test(name) ? `${keyword}${print(printName(name))};` : `// ${keyword}${print(printShown(name))}`
}

/** Names of core modules may be any text, also several lines of it. */
function printShown(name: string): string {
  return /^[\w./:@#[\]%-]+$/.test(name) ? name : JSON.stringify(name)
}

/** `wasi:io@0.2.0` of `wasi:io/streams@0.2.0`. */
function packageOf(name: string): string {
  const [path = '', version] = name.split('@')
  return `${path.slice(0, path.indexOf('/'))}${version === undefined ? '' : `@${version}`}`
}

function interfaceOf(name: string): string {
  const [path = ''] = name.split('@')
  return printName(path.slice(path.indexOf('/') + 1))
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => (line === '' ? '' : `  ${line}`))
}

/** Without empty lines at the ends, and never two in a row. */
function trimmed(lines: readonly string[]): string[] {
  const kept = lines.filter((line, i) => line !== '' || (i > 0 && lines[i - 1] !== ''))
  return kept.at(-1) === '' ? kept.slice(0, -1) : kept
}
