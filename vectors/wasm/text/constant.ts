import { Buffer } from 'node:buffer'
import { ByteReader } from '@ipvm/wit/component'
import type { Value } from '../script.ts'
import type { Assemble } from './assembler.ts'
import { headOf, type Expression } from './expression.ts'

/** Reads the constants of a script: the spelling of floats and vectors is left to the assembler, which knows it. */
export class Constants {
  readonly #known: ReadonlyMap<string, string>

  private constructor(known: ReadonlyMap<string, string>) {
    this.#known = known
  }

  /** Assembles all floats and vectors among these expressions at once, as the globals of one module. */
  static async of(expressions: readonly Expression[], assemble: Assemble): Promise<Constants> {
    const spelled = new Set<string>()
    const visit = (expression: Expression): void => {
      if (expression.kind !== 'list') return
      if (!/^(f32|f64|v128)\.const$/.test(headOf(expression))) for (const item of expression.items) visit(item)
      else if (!hasPattern(expression)) spelled.add(spell(expression))
      else for (const lane of lanesOf(expression)) if (!isPattern(lane.text)) spelled.add(spellLane(lane))
    }
    for (const expression of expressions) visit(expression)
    const texts = [...spelled]
    const globals = texts.map(text => `(global ${text.slice(1, text.indexOf('.'))} ${text})`)
    const bits = readGlobals(await assemble(`(module ${globals.join('\n')})`))
    return new Constants(new Map(texts.map((text, i) => [text, String(bits[i])])))
  }

  /** A constant, or the pattern of a result. */
  read(expression: Expression): Value {
    const [, first, ...rest] = itemsOf(expression)
    const text = first?.kind === 'atom' ? first.text : ''
    const head = headOf(expression)
    switch (head) {
      case 'i32.const':
        return { type: 'i32', bits: String(BigInt.asUintN(32, integer(text))) }
      case 'i64.const':
        return { type: 'i64', bits: String(BigInt.asUintN(64, integer(text))) }
      case 'f32.const':
      case 'f64.const':
        return { type: head === 'f32.const' ? 'f32' : 'f64', bits: this.#float(expression, text) }
      case 'v128.const':
        return hasPattern(expression)
          ? { type: 'lanes', lanes: lanesOf(expression).map(lane => this.#lane(lane)) }
          : { type: 'v128', bits: this.#float(expression, text) }
      case 'either':
        return { type: 'either', values: [...(first ? [first] : []), ...rest].map(value => this.read(value)) }
      case 'ref.null':
        return { type: 'ref', bits: 'null' }
      case 'ref.extern':
        return { type: 'externref', bits: text === '' ? 'some' : text }
      case 'ref.func':
        return { type: 'funcref', bits: 'some' }
      default:
        // References of later proposals: the modules that give them are refused.
        return { type: 'ref', bits: head }
    }
  }

  #float(expression: Expression, text: string): string {
    return hasPattern(expression) ? text : this.#bits(spell(expression))
  }

  #lane(lane: Lane): Value {
    return { type: lane.type, bits: isPattern(lane.text) ? lane.text : this.#bits(spellLane(lane)) }
  }

  #bits(text: string): string {
    const bits = this.#known.get(text)
    if (bits === undefined) throw new SyntaxError(`the constant ${text} was not assembled`)
    return bits
  }
}

const isPattern = (text: string): boolean => text === 'nan:canonical' || text === 'nan:arithmetic'

const itemsOf = (expression: Expression): readonly Expression[] => (expression.kind === 'list' ? expression.items : [])

interface Lane {
  readonly type: 'f32' | 'f64'
  readonly text: string
}

/** The lanes of a vector of floats; only those have patterns. */
function lanesOf(expression: Expression): readonly Lane[] {
  const [, shape, ...lanes] = itemsOf(expression)
  const type = shape?.kind === 'atom' && shape.text === 'f64x2' ? 'f64' : 'f32'
  return lanes.map(lane => ({ type, text: lane.kind === 'atom' ? lane.text : '' }))
}

const spellLane = ({ type, text }: Lane): string => `(${type}.const ${text})`

function hasPattern(expression: Expression): boolean {
  return itemsOf(expression).some(item => item.kind === 'atom' && isPattern(item.text))
}

function spell(expression: Expression): string {
  if (expression.kind === 'list') return `(${expression.items.map(spell).join(' ')})`
  return expression.kind === 'atom' ? expression.text : ''
}

function integer(text: string): bigint {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(text.replaceAll('_', '')) ?? []
  return sign === '-' ? -BigInt(digits) : BigInt(digits)
}

/** The bits of the constants that a module's globals begin with. */
function readGlobals(module: Uint8Array): bigint[] {
  const reader = new ByteReader(module, 8)
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.slice(reader.u32())
    if (id === 6) return section.vector(readGlobal, Number.MAX_SAFE_INTEGER)
  }
  return []
}

/** Bytes of the constants of a type, by the type's code. */
const sizes: Readonly<Record<number, number>> = { 125: 4, 124: 8, 123: 16 }

function readGlobal(reader: ByteReader): bigint {
  const size = sizes[reader.byte()] ?? reader.fail('a constant of another type')
  // What comes before the constant: the mutability and the instruction, which for vectors has two bytes.
  reader.skip(size === 16 ? 3 : 2)
  const start = reader.offset
  reader.skip(size + 1)
  const bytes = Buffer.from(reader.bytes.subarray(start, start + size)).reverse()
  return BigInt(`0x${bytes.toString('hex')}`)
}
