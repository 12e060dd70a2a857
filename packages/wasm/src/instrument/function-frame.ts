import type { ByteReader } from '@ipvm/wit/component'
import { frameWords, leafWordsMax, localsMax } from '../limits.ts'
import type { FunctionSignature, ValueType } from '../module/core-module.ts'
import { readValueType } from '../module/value-type.ts'
import type { Additions } from './additions.ts'
import type { CodeBuffer } from './code-buffer.ts'

/** The types of the locals that are added: depth, gas, and a place for each kind of float. */
const localTypes = [0x7f, 0x7e, 0x7c, 0x7d]

/**
 * What a function has beside its code: its locals, with those that we add, the words that its frame takes, and the
 * prologue, which is known when all of the code is.
 */
export class FunctionFrame {
  /** Locals that the function declares. */
  readonly declared: number
  /** All of them, the parameters too. */
  readonly locals: number
  readonly #bytes: Uint8Array
  /** Where the declarations stand, behind their count. */
  readonly #start: number
  readonly #end: number
  readonly #groups: number
  #words: number
  #vectors: boolean
  /** How many of our locals are used. */
  #added = 0
  #calls = false
  /** Words of the results of the function with the most of those that are called, where there are several. */
  #results = 0
  /** Where the words of the frame are to be put. */
  readonly #tailCalls: number[] = []

  /** Reads the declarations, which come first. */
  constructor(reader: ByteReader, { params }: FunctionSignature) {
    this.#bytes = reader.bytes
    this.#groups = reader.count()
    this.#start = reader.offset
    // A parameter may lie in the frame of the caller and in the own one.
    this.#words = 2 * wordsOf(params)
    this.#vectors = params.includes('v128')
    let declared = 0
    for (let left = this.#groups; left > 0; left--) {
      const count = reader.u32()
      declared += count
      if (declared > localsMax) reader.fail(`more than ${localsMax} locals`)
      const isVector = readValueType(reader) === 'v128'
      this.#vectors ||= isVector
      this.#words += isVector ? 2 * count : count
    }
    this.declared = declared
    this.locals = params.length + declared
    this.#end = reader.offset
  }

  /** The function has vectors among its operands: each may take two words. */
  hasVectors(): void {
    this.#vectors = true
  }

  /** The function calls one of this type. */
  calls({ results }: FunctionSignature): void {
    this.#calls = true
    if (results.includes('v128')) this.#vectors = true
    // Results come back in the caller's frame, and are operands then: where there are several, both take room.
    if (results.length > 1) this.#results = Math.max(this.#results, wordsOf(results))
  }

  /** The words of the frame are to be put here. */
  tailCall(place: number): void {
    this.#tailCalls.push(place)
  }

  /** The local that holds the words of stack which are left. */
  depthLocal(): number {
    return this.#local(0)
  }

  /** The local that holds the gas, in loops. */
  gasLocal(): number {
    return this.#local(1)
  }

  /** A local for a float that is looked at. */
  floatLocal(type: 'f32' | 'f64'): number {
    return this.#local(type === 'f64' ? 2 : 3)
  }

  #local(index: number): number {
    this.#added = Math.max(this.#added, index + 1)
    return this.locals + index
  }

  /** Locals and prologue; fills the places in the code. `gas` is that of the first block. */
  head(head: CodeBuffer, code: CodeBuffer, heightMax: number, gas: number, additions: Additions): void {
    const words = frameWords + this.#words + this.#results + heightMax * (this.#vectors ? 2 : 1)
    for (const place of this.#tailCalls) code.put(place, words, 4)
    const isCounted = this.#calls || words > leafWordsMax
    if (isCounted) this.depthLocal()
    head.clear()
    head.u32(this.#groups + this.#added).copy(this.#bytes, this.#start, this.#end)
    for (let i = 0; i < this.#added; i++) head.code(1, localTypes[i] ?? 0)
    if (gas > 0) head.byte(0x23).u32(additions.gas).byte(0x42).s32(gas).byte(0x7d).byte(0x24).u32(additions.gas)
    if (this.#calls) {
      head.byte(0x23).u32(additions.gas).code(0x42, 0x00, 0x53, 0x04, 0x40) // if gas < 0
      head.byte(0x10).u32(additions.helper('refill')).byte(0x0b)
    }
    if (!isCounted) return
    const local = this.depthLocal()
    head.byte(0x23).u32(additions.depth).byte(0x41).s32(words).byte(0x6b).byte(0x22).u32(local)
    head.code(0x41, 0x00, 0x48, 0x04, 0x40).byte(0x20).u32(local).byte(0x24).u32(additions.depth).code(0x00, 0x0b)
  }
}

function wordsOf(types: readonly ValueType[]): number {
  return types.length + types.filter(type => type === 'v128').length
}
