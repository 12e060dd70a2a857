import { effectsInterface, taskType } from '@ipvm/wit'
import { WitProblem } from './lexer.ts'
import { leb } from './sections.ts'
import type { Definition, ExportedText, WitText, WitWorld } from './wit.ts'

const primitives: ReadonlyMap<string, number> = new Map(
  'bool s8 u8 s16 u16 s32 u32 s64 u64 f32 f64 char string'.split(' ').map((name, i) => [name, 0x7f - i]),
)
const ends = { component: [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00], utf8: [0x04, 0x00] }

/**
 * A world in the form in which tools embed it in a core module (custom section `component-type`): a component that exports
 * the type of a component that exports the world's type. Problems throw `WitProblem`, with where in the text they are.
 */
export function encodeWorld(world: WitWorld): Uint8Array {
  const [other] = world.other
  if (other) {
    const message = `${other.what} is not embedded here, only types and exported functions; use wasm-tools component embed`
    throw new WitProblem(message, other.offset)
  }
  const declarations = new WorldEncoder(world).declarations()
  const [owner = '', version] = world.package.split('@')
  const full = `${owner}/${world.name}${version === undefined ? '' : `@${version}`}`
  const inner = [0x41, ...vector(declarations)]
  const outer = [
    0x41,
    ...vector([
      [0x01, ...inner],
      [0x04, ...externName(full), 0x04, 0x00],
    ]),
  ]
  const encoding = section(0, [...text('wit-component-encoding'), ...ends.utf8])
  const types = section(7, vector([outer]))
  const exports = section(11, vector([[...externName(world.name), 0x03, 0x00, 0x00]]))
  return Uint8Array.from([...ends.component, ...encoding, ...types, ...exports])
}

class WorldEncoder {
  readonly #world: WitWorld
  readonly #definitions = new Map<string, Definition>()
  readonly #indices = new Map<string, number | 'open'>()
  readonly #declarations: number[][] = []
  #types = 0

  constructor(world: WitWorld) {
    this.#world = world
    const names = new Set<string>()
    for (const { name, offset } of [...world.definitions, ...world.functions]) {
      if (names.has(name)) throw new WitProblem(`the name ${name} is taken already`, offset)
      names.add(name)
    }
    for (const definition of world.definitions) this.#definitions.set(definition.name, definition)
  }

  declarations(): number[][] {
    for (const { name, offset } of this.#world.definitions) this.#named(name, offset)
    for (const fn of this.#world.functions) this.#function(fn)
    return this.#declarations
  }

  #function({ name, params, result }: ExportedText): void {
    const fields = params.map(param => [...text(param.name), ...this.#reference(param.type)])
    const end = result ? [0x00, ...this.#reference(result)] : [0x01, 0x00]
    const index = this.#type([0x40, ...vector(fields), ...end])
    this.#declarations.push([0x04, ...externName(name), 0x01, ...leb(index)])
  }

  #type(bytes: readonly number[]): number {
    this.#declarations.push([0x01, ...bytes])
    return this.#types++
  }

  /** A primitive is its own code; any other type is declared first. */
  #reference(type: WitText): number[] {
    if (type.kind !== 'name') return signed(this.#type(this.#structure(type)))
    const primitive = primitives.get(type.name)
    if (primitive !== undefined && this.#isPrimitive(type.name)) return [primitive]
    return signed(this.#named(type.name, type.offset))
  }

  #structure(type: WitText): number[] {
    switch (type.kind) {
      case 'name':
        return this.#reference(type)
      case 'list':
        return [0x70, ...this.#reference(type.type)]
      case 'option':
        return [0x6b, ...this.#reference(type.type)]
      case 'tuple':
        return [0x6f, ...vector(type.types.map(part => this.#reference(part)))]
      case 'result':
        return [0x6a, ...this.#optional(type.ok), ...this.#optional(type.error)]
    }
  }

  #optional(type: WitText | undefined): number[] {
    return type ? [0x01, ...this.#reference(type)] : [0x00]
  }

  /** A type of the world is declared, and imported under its name: what is imported has the index that others use. */
  #named(name: string, offset: number): number {
    const known = this.#indices.get(name)
    if (known === 'open') throw new WitProblem(`the type ${name} holds itself, which WIT does not have`, offset)
    if (known !== undefined) return known
    const definition = this.#definitions.get(name)
    if (!definition) throw new WitProblem(`no type ${name} here; known: ${this.#known()}`, offset)
    this.#indices.set(name, 'open')
    const bound = this.#bound(definition)
    this.#declarations.push([0x03, ...externName(name), 0x03, 0x00, ...leb(bound)])
    const index = this.#types++
    this.#indices.set(name, index)
    return index
  }

  /** Another name for a named type is bound to that; there is no definition that is nothing but an index. */
  #bound(definition: Definition): number {
    const { kind } = definition
    if (kind === 'task') return this.#task()
    const other = kind === 'alias' && definition.type.kind === 'name' ? definition.type : undefined
    if (other && !this.#isPrimitive(other.name)) return this.#named(other.name, other.offset)
    return this.#type(this.#definition(definition))
  }

  /** The interface with the one type that is used is imported, and the type taken out of it. */
  #task(): number {
    const bytes = [0x01, 0x70, ...this.#reference({ kind: 'name', name: 'u8', offset: 0 })]
    const exported = [0x04, ...externName(taskType), 0x03, 0x00, 0x00]
    const instance = this.#type([0x42, ...vector([bytes, exported])])
    this.#declarations.push([0x03, ...externName(effectsInterface), 0x05, ...leb(instance)])
    this.#declarations.push([0x02, 0x03, 0x00, 0x00, ...text(taskType)])
    return this.#types++
  }

  #isPrimitive(name: string): boolean {
    return primitives.has(name) && !this.#definitions.has(name)
  }

  #known(): string {
    return [...this.#definitions.keys(), ...primitives.keys()].join(', ')
  }

  #definition(definition: Exclude<Definition, { kind: 'task' }>): number[] {
    switch (definition.kind) {
      case 'alias':
        return this.#structure(definition.type)
      case 'record':
        return [0x72, ...vector(definition.parts.map(part => [...text(part.name), ...this.#reference(part.type)]))]
      case 'variant':
        return [0x71, ...vector(definition.parts.map(part => [...text(part.name), ...this.#optional(part.type), 0x00]))]
      case 'enum':
      case 'flags':
        return [definition.kind === 'enum' ? 0x6d : 0x6e, ...vector(definition.parts.map(part => text(part.name)))]
    }
  }
}

function externName(name: string): number[] {
  return [0x00, ...text(name)]
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value)
  return [...leb(bytes.length), ...bytes]
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...leb(entries.length), ...entries.flat()]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content]
}

/** A type index as a signed LEB128 integer: codes of types are the negative ones. */
function signed(index: number): number[] {
  return index < 0x40 ? [index] : [(index & 0x7f) | 0x80, ...signed(index >>> 7)]
}
