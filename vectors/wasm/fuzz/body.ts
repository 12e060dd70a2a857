import type { Random } from '../../fuzz/random.ts'
import { leb, signed } from './binary.ts'
import { binary, conversions, loads, of, stores, tests, types, unary, type NumberType } from './operators.ts'

export interface Signature {
  readonly params: readonly NumberType[]
  readonly results: readonly NumberType[]
}

/** What a body may refer to. */
export interface Context {
  readonly random: Random
  readonly signatures: readonly Signature[]
  readonly functions: readonly Signature[]
  readonly functionTypes: readonly number[]
}

/** A label: what a branch to it takes, and whether it is a loop's, to which nothing may branch but its own end. */
interface Label {
  readonly takes: readonly NumberType[]
  readonly isLoop: boolean
}

/** Writes one function. Calls go to functions before it, so that every program ends. */
export class BodyWriter {
  readonly #context: Context
  readonly #random: Random
  readonly #index: number
  readonly #locals: NumberType[]
  readonly #extra: NumberType[]
  readonly #labels: Label[]
  readonly #results: readonly NumberType[]
  #budget = 60

  constructor(context: Context, index: number) {
    this.#context = context
    this.#random = context.random
    this.#index = index
    const { params, results } = context.functions[index] ?? { params: [], results: [] }
    this.#extra = Array.from({ length: 3 + this.#random.below(4) }, () => this.#random.pick(types))
    // The last three count the rounds of nested loops.
    this.#locals = [...params, ...this.#extra, 0x7f, 0x7f, 0x7f]
    this.#results = results
    this.#labels = [{ takes: results, isLoop: false }]
  }

  /** Locals and code. */
  body(): number[] {
    const code = [...this.#statements(3, 0), ...this.#results.flatMap(type => this.#value(type, 3))]
    const declared = [...this.#extra, 0x7f, 0x7f, 0x7f]
    return [...leb(declared.length), ...declared.flatMap(type => [1, type]), ...code, 0x0b]
  }

  #statements(depth: number, loops: number): number[] {
    const out: number[] = []
    for (let left = 1 + this.#random.below(4); left > 0; left--) out.push(...this.#statement(depth, loops))
    return out
  }

  #statement(depth: number, loops: number): number[] {
    const random = this.#random
    this.#budget -= 1
    const kind = depth <= 0 || this.#budget < 0 ? random.below(5) : random.below(13)
    switch (kind) {
      case 0:
      case 1: {
        const index = random.below(this.#locals.length - 3)
        return [...this.#value(this.#locals[index] ?? 0x7f, 3), 0x21, ...leb(index)]
      }
      case 2: {
        const type = random.pick(types)
        return [...this.#value(type, 2), 0x24, types.indexOf(type)]
      }
      case 3:
        return this.#store()
      case 4:
        return this.#bulk()
      case 5:
      case 6:
        return this.#block(depth, loops)
      case 7:
      case 8:
        return loops < 3 ? this.#loop(depth, loops) : []
      case 9:
        return this.#choice(depth, loops)
      case 10:
        return this.#branchIf()
      case 11:
        return this.#table(depth, loops)
      default:
        return this.#exit(depth, loops)
    }
  }

  #block(depth: number, loops: number): number[] {
    const results = this.#random.below(2) === 0 ? [] : [this.#random.pick(types)]
    this.#labels.push({ takes: results, isLoop: false })
    const code = [...this.#statements(depth - 1, loops), ...results.flatMap(type => this.#value(type, 2))]
    this.#labels.pop()
    return [0x02, results[0] ?? 0x40, ...code, 0x0b, ...results.map(() => 0x1a)]
  }

  /** Goes round at most four times. */
  #loop(depth: number, loops: number): number[] {
    const counter = leb(this.#locals.length - 1 - loops)
    this.#labels.push({ takes: [], isLoop: true })
    const code = this.#statements(depth - 1, loops + 1)
    this.#labels.pop()
    const again = [0x20, ...counter, 0x41, 1, 0x6b, 0x22, ...counter, 0x0d, 0]
    return [0x41, 1 + this.#random.below(4), 0x21, ...counter, 0x03, 0x40, ...code, ...again, 0x0b]
  }

  #choice(depth: number, loops: number): number[] {
    const results = this.#random.below(2) === 0 ? [] : [this.#random.pick(types)]
    const condition = this.#value(0x7f, 2)
    this.#labels.push({ takes: results, isLoop: false })
    const arm = (): number[] => [
      ...this.#statements(depth - 1, loops),
      ...results.flatMap(type => this.#value(type, 2)),
    ]
    const then = arm()
    const otherwise = results.length > 0 || this.#random.below(2) === 0 ? [0x05, ...arm()] : []
    this.#labels.pop()
    return [...condition, 0x04, results[0] ?? 0x40, ...then, ...otherwise, 0x0b, ...results.map(() => 0x1a)]
  }

  /** The labels that may be branched to, as distances. */
  #targets(takes?: readonly NumberType[]): number[] {
    return this.#labels.flatMap((label, i) => {
      const fits = !label.isLoop && (takes === undefined || String(label.takes) === String(takes))
      return fits ? [this.#labels.length - 1 - i] : []
    })
  }

  #branchIf(): number[] {
    const label = this.#random.pick(this.#targets())
    const takes = this.#labels[this.#labels.length - 1 - label]?.takes ?? []
    const values = takes.flatMap(type => this.#value(type, 2))
    return [...values, ...this.#value(0x7f, 2), 0x0d, ...leb(label), ...takes.map(() => 0x1a)]
  }

  /** A switch: a branch table in a block, with code that cannot be reached behind it. */
  #table(depth: number, loops: number): number[] {
    this.#labels.push({ takes: [], isLoop: false })
    const targets = this.#targets([])
    const picked = Array.from({ length: this.#random.below(5) }, () => this.#random.pick(targets))
    const code = [
      ...this.#statements(depth - 1, loops),
      ...this.#value(0x7f, 2),
      ...[0x0e, ...leb(picked.length), ...picked.flatMap(leb), ...leb(this.#random.pick(targets))],
      ...this.#unreachable(depth - 1, loops),
    ]
    this.#labels.pop()
    return [0x02, 0x40, ...code, 0x0b]
  }

  /** Leaves in one of several ways, now and then. */
  #exit(depth: number, loops: number): number[] {
    const random = this.#random
    const results = this.#results.flatMap(type => this.#value(type, 2))
    const leave = random.below(8)
    const tail = this.#tailCall()
    const code = leave === 0 ? [0x00] : leave < 4 && tail ? tail : [...results, 0x0f]
    const condition = this.#value(0x7f, 2)
    this.#labels.push({ takes: [], isLoop: false })
    const after = this.#unreachable(depth - 1, loops)
    this.#labels.pop()
    return [...condition, 0x04, 0x40, ...code, ...after, 0x0b]
  }

  #tailCall(): number[] | undefined {
    const { functions } = this.#context
    const index = this.#random.below(Math.max(1, this.#index))
    const callee = functions[index]
    if (index >= this.#index || !callee || String(callee.results) !== String(this.#results)) return undefined
    return [...callee.params.flatMap(type => this.#value(type, 2)), 0x12, ...leb(index)]
  }

  #unreachable(depth: number, loops: number): number[] {
    if (this.#random.below(2) === 0) return []
    return [...this.#statements(Math.min(depth, 1), loops), ...(this.#random.below(2) === 0 ? [0x6a, 0x1a] : [])]
  }

  #store(): number[] {
    const type = this.#random.pick(types)
    const value = this.#observable(type, this.#value(type, 2))
    return [...this.#address(), ...value, this.#random.pick(of(stores, type)), 0, ...leb(this.#random.below(64))]
  }

  #bulk(): number[] {
    const random = this.#random
    const small = (): number[] => [0x41, ...signed(random.below(100))]
    const sizes = [...small(), ...small(), ...small()]
    switch (random.below(8)) {
      case 0:
        return [...sizes, 0xfc, 10, 0, 0]
      case 1:
        return [...sizes, 0xfc, 11, 0]
      case 2:
        return [...small(), 0x41, 0, 0x41, ...signed(random.below(41)), 0xfc, 8, 0, 0]
      case 3:
        return [0x41, random.below(2), 0x40, 0, 0x1a]
      case 4:
        return [0x41, random.below(4), 0x41, random.below(4), 0x41, random.below(4), 0xfc, 14, 0, 0]
      case 5:
        return [0xd0, 0x70, 0x41, random.below(3), 0xfc, 15, 0, 0x1a]
      default:
        return [0x01]
    }
  }

  #address(): number[] {
    const random = this.#random
    if (random.below(30) === 0) return this.#value(0x7f, 1)
    return [...this.#value(0x7f, 1), 0x41, ...signed(0x3fff), 0x71]
  }

  /** A float whose NaN has one form: what is stored or looked at bit by bit. */
  #observable(type: NumberType, code: number[]): number[] {
    if (type === 0x7f || type === 0x7e) return code
    const global = types.indexOf(type)
    const nan = type === 0x7d ? [0x43, 0, 0, 0xc0, 0x7f] : [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]
    const kept = [0x23, global]
    return [...code, 0x24, global, ...kept, ...nan, ...kept, ...kept, type === 0x7d ? 0x5b : 0x61, 0x1b]
  }

  #value(type: NumberType, depth: number): number[] {
    const random = this.#random
    const kind = depth <= 0 ? random.below(3) : random.below(14)
    const inner = (wanted: NumberType): number[] => this.#value(wanted, depth - 1)
    switch (kind) {
      case 0:
        return this.#constant(type)
      case 1:
        return [0x23, types.indexOf(type)]
      case 2: {
        const index = this.#locals.lastIndexOf(type, random.below(this.#locals.length))
        return index < 0 ? this.#constant(type) : [0x20, ...leb(index)]
      }
      case 3:
        return [...inner(type), random.pick(of(unary, type))]
      case 4:
        return [...this.#address(), random.pick(of(loads, type)), 0, ...leb(random.below(64))]
      case 5: {
        const operand = random.pick(types)
        return type === 0x7f
          ? [...inner(operand), ...inner(operand), random.pick(of(tests, operand))]
          : this.#constant(type)
      }
      case 6:
        return this.#converted(type, depth)
      case 7:
        return [...inner(type), ...inner(type), ...inner(0x7f), 0x1b]
      case 8:
        return this.#call(type, depth)
      case 9:
        return type === 0x7f ? [...this.#observable(0x7d, inner(0x7d)), 0xbc] : this.#constant(type)
      default:
        return [...inner(type), ...inner(type), random.pick(of(binary, type))]
    }
  }

  #converted(type: NumberType, depth: number): number[] {
    const fitting = conversions.filter(([, to]) => to === type)
    const [from, , code] = this.#random.pick(fitting)
    return [...this.#value(from, depth - 1), ...code]
  }

  /** A call, direct or through the table, of a function before this one that gives one value. */
  #call(type: NumberType, depth: number): number[] {
    const { functions, functionTypes } = this.#context
    const index = this.#random.below(Math.max(1, this.#index))
    const callee = functions[index]
    if (index >= this.#index || !callee || callee.results.length === 0 || callee.results.at(-1) !== type) {
      return this.#constant(type)
    }
    const values = callee.params.flatMap(param => this.#value(param, depth - 2))
    const below = callee.results.slice(0, -1)
    // Only what stands before this function is in reach of the table: entry i + 1 is function i.
    const isDirect = index >= 6 || this.#random.below(2) === 0
    const call = isDirect
      ? [0x10, ...leb(index)]
      : [0x41, ...signed(index + 1), 0x11, ...leb(functionTypes[index] ?? 0), 0]
    if (below.length === 0) return [...values, ...call]
    const global = types.indexOf(type)
    return [...values, ...call, 0x24, global, 0x1a, 0x23, global]
  }

  #constant(type: NumberType): number[] {
    const random = this.#random
    const integer = random.pick([0, 1, -1, 2, 63, 64, 127, 128, 255, 8191, 8192, random.below(2 ** 31), -(2 ** 31)])
    if (type === 0x7f) return [0x41, ...signed(integer)]
    if (type === 0x7e) return [0x42, ...signed(integer)]
    const float = random.pick([0, -0, 1, -1.5, 1e30, Infinity, -Infinity, Number.NaN, random.below(1000) / 7])
    const view = new DataView(new ArrayBuffer(8))
    if (type === 0x7d) view.setFloat32(0, float, true)
    else view.setFloat64(0, float, true)
    return [type === 0x7d ? 0x43 : 0x44, ...new Uint8Array(view.buffer, 0, type === 0x7d ? 4 : 8)]
  }
}
