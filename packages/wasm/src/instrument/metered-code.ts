import type { ByteReader } from '@ipvm/wit/component'
import { blockGasMax } from '../limits.ts'
import type { Additions } from './additions.ts'
import { CodeBuffer } from './code-buffer.ts'
import type { FunctionFrame } from './function-frame.ts'
import type { OperandStack } from './operand-stack.ts'

/**
 * The code of a function as it is written: what is taken over of the original, and the charges of its basic blocks. A block
 * is charged where it begins, by what is known where it ends. Inside loops a local holds the counter, too.
 */
export class MeteredCode {
  readonly #additions: Additions
  readonly #out = new CodeBuffer()
  #reader: ByteReader
  #stack: OperandStack
  #frame: FunctionFrame
  /** From where on the original is not copied yet. */
  #from = 0
  #entryGas = 0
  /** The charge of the current basic block: where it is to be put, and how much it is. */
  #charge: number | 'entry' | undefined = 'entry'
  #cost = 0
  /** Whether the local may be behind the counter. */
  #stale = false

  constructor(additions: Additions, reader: ByteReader, stack: OperandStack, frame: FunctionFrame) {
    this.#additions = additions
    this.#reader = reader
    this.#stack = stack
    this.#frame = frame
  }

  /** @param cost of what comes before its first instruction */
  begin(reader: ByteReader, stack: OperandStack, frame: FunctionFrame, cost: number): void {
    this.#reader = reader
    this.#stack = stack
    this.#frame = frame
    this.#from = reader.offset
    this.#charge = 'entry'
    this.#cost = cost
    this.#entryGas = 0
    this.#stale = false
    this.#out.clear()
  }

  /** The charge of the first block, which stands in the prologue. */
  get entryGas(): number {
    return this.#entryGas
  }

  /** Adds an instruction's cost to its block's; the first one opens the block. */
  spend(cost: number, start: number): void {
    if (this.#charge === undefined || this.#cost > blockGasMax) this.#startBlock(start)
    this.#cost += cost
  }

  /** Copies the original up to an offset; what is written then stands there. */
  flush(to: number): CodeBuffer {
    this.#out.copy(this.#reader.bytes, this.#from, to)
    this.#from = to
    return this.#out
  }

  /** The original is left out up to an offset. */
  leaveOut(to: number): void {
    this.#from = to
  }

  /** Code that cannot be reached is left out up to an offset; who comes there has the counter in the local. */
  leaveOutDead(to: number): void {
    this.#from = to
    this.#stale = false
  }

  /** The counter may have been changed elsewhere. */
  wasElsewhere(): void {
    this.#stale = true
  }

  /** The charge of a loop is its head's: without it a loop could run for nothing. */
  enterLoop(start: number, cost: number): void {
    if (this.#stack.loops === 0) {
      this.flush(start)
      this.#reload()
    }
    this.#stack.loops += 1
    this.flush(this.#reader.offset)
    this.#cost = cost
    this.#open()
    this.#out.byte(0x20).u32(this.#frame.gasLocal()).code(0x42, 0x00, 0x53, 0x04, 0x40) // if gas < 0
    this.#out.byte(0x10).u32(this.#additions.helper('refill'))
    this.#reload()
    this.#out.byte(0x0b)
  }

  /** Before control goes elsewhere: wherever that is, the local must hold the counter there. */
  leave(start: number): void {
    this.settle()
    if (!this.#stale || this.#stack.loops === 0) return
    this.flush(start)
    this.#reload()
  }

  /** The end of a basic block: its cost is known now. */
  settle(): void {
    if (this.#charge === 'entry') this.#entryGas = this.#cost
    else if (this.#charge !== undefined) this.#out.put(this.#charge, this.#cost, 2)
    this.#charge = undefined
    this.#cost = 0
  }

  /** A block of the original was closed. */
  closed(): void {
    // Outside of loops nobody reads the local.
    if (this.#stack.loops === 0) this.#stale = false
  }

  #startBlock(start: number): void {
    this.settle()
    this.flush(start)
    this.#open()
  }

  #open(): void {
    const { gas } = this.#additions
    const code = this.#out
    if (this.#stack.loops > 0) {
      if (this.#stale) this.#reload()
      code.byte(0x20).u32(this.#frame.gasLocal()).byte(0x42)
      this.#charge = code.place(2)
      code.byte(0x7d).byte(0x22).u32(this.#frame.gasLocal()).byte(0x24).u32(gas)
      return
    }
    code.byte(0x23).u32(gas).byte(0x42)
    this.#charge = code.place(2)
    code.byte(0x7d).byte(0x24).u32(gas)
  }

  #reload(): void {
    this.#out.byte(0x23).u32(this.#additions.gas).byte(0x21).u32(this.#frame.gasLocal())
    this.#stale = false
  }
}
