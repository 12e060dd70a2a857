import type { ByteReader } from '@ipvm/wit/component'
import { blockDepthMax } from '../limits.ts'

/** A block that is open: the height of the stack below its parameters, and what it takes and gives. */
export interface OpenBlock {
  readonly kind: 'function' | 'block' | 'loop' | 'if' | 'else'
  readonly height: number
  readonly params: number
  readonly results: number
  /** Whether a branch leads to its end. */
  targeted: boolean
}

/** Where no block is open. */
const none: OpenBlock = { kind: 'function', height: 0, params: 0, results: 0, targeted: false }

/**
 * The open blocks of a function, and how many operands there are. Types are the engine's business; code that does not
 * fit is refused all the same, since what is written here goes by the heights.
 */
export class OperandStack {
  readonly #reader: ByteReader
  readonly #blocks: OpenBlock[] = []
  /** The innermost open block. */
  block: OpenBlock = none
  height = 0
  heightMax = 0
  /** How many loops are open. */
  loops = 0

  constructor(reader: ByteReader, results: number) {
    this.#reader = reader
    this.#push({ kind: 'function', height: 0, params: 0, results, targeted: false })
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0
  }

  /** Takes operands, and gives results. */
  apply(pops: number, pushes: number): void {
    this.height -= pops
    if (this.height < this.block.height) this.#reader.fail('an instruction with fewer operands than it takes')
    this.height += pushes
    if (this.height > this.heightMax) this.heightMax = this.height
  }

  open(kind: OpenBlock['kind'], params: number, results: number, start: number): void {
    const height = this.height - params
    if (height < this.block.height) this.#reader.fail('a block with fewer operands than it takes', start)
    this.#push({ kind, height, params, results, targeted: false })
    if (this.#blocks.length > blockDepthMax) {
      this.#reader.fail(`blocks nested deeper than ${blockDepthMax}`, start)
    }
  }

  /** The other arm of the `if` that is open. */
  alternative(start: number): void {
    const { block } = this
    if (block.kind !== 'if') this.#reader.fail('an else without its if', start)
    this.#blocks.pop()
    this.#push({ ...block, kind: 'else' })
    this.height = block.height + block.params
  }

  close(): void {
    const { kind, height, results } = this.block
    this.#blocks.pop()
    this.block = this.#blocks.at(-1) ?? none
    this.height = height + results
    if (kind === 'loop') this.loops -= 1
  }

  /** Checks that just the results of the block are there. */
  expectResults(start: number): void {
    if (this.height !== this.block.height + this.block.results) {
      this.#reader.fail('a block that does not end with its results', start)
    }
  }

  /** Marks the block that a branch leads to. */
  target(label: number, start: number): void {
    const block = this.#blocks[this.#blocks.length - 1 - label]
    if (!block) this.#reader.fail('a branch out of the function', start)
    block.targeted = true
  }

  #push(block: OpenBlock): void {
    this.#blocks.push(block)
    this.block = block
  }
}
