import { ByteReader } from '@ipvm/wit/component'
import { localsPerGas } from '../gas/cost.ts'
import { compileWorkMax, workOfBlock } from '../limits.ts'
import type { Body, CoreModule, FunctionSignature } from '../module/core-module.ts'
import type { Instruction } from '../module/instruction.ts'
import { readBlockType, readInstruction, skipImmediate } from '../module/walk.ts'
import type { Additions } from './additions.ts'
import { CodeBuffer } from './code-buffer.ts'
import { skipDeadCode } from './dead-code.ts'
import { FunctionFrame } from './function-frame.ts'
import { absorbsNan } from './lookahead.ts'
import { MeteredCode } from './metered-code.ts'
import { OperandStack } from './operand-stack.ts'
import { skipStraight, straight } from './straight.ts'

/** The frame of no function. */
const emptyFrame = new FunctionFrame(new ByteReader(Uint8Array.of(0)), { params: [], results: [] })

/**
 * Rewrites the code of one module, function by function, in one pass over its bytes (docs/gas.md):
 *
 * - every basic block takes its gas out of the module's `gas` when it is entered, so that at a trap just the blocks that
 *   were entered are paid; inside loops a local holds the counter as well, which makes the subtraction a register's
 * - the counter is looked at where code can come back to: in loops, and in functions that call
 * - functions that call take their frame out of `depth`; what a call leaves there is put right before the next one
 * - a float result that may be a NaN becomes the canonical one, unless the next use cannot tell NaNs apart
 * - what grows and moves memory and tables goes through helpers; code that cannot be reached is left out
 */
export class BodyRewriter {
  readonly #module: CoreModule
  readonly #additions: Additions
  readonly #out: CodeBuffer
  readonly #code: MeteredCode
  readonly #head = new CodeBuffer()
  #reader: ByteReader
  #frame: FunctionFrame
  #stack: OperandStack
  /** What an engine has to do for the function, see {@link compileWorkMax}. */
  #work = 0

  /** @param out where the functions are written, one after the other */
  constructor(module: CoreModule, additions: Additions, out: CodeBuffer) {
    this.#module = module
    this.#additions = additions
    this.#out = out
    this.#reader = new ByteReader(module.bytes, 0, 0)
    this.#stack = new OperandStack(this.#reader, 0)
    this.#frame = emptyFrame
    this.#code = new MeteredCode(additions, this.#reader, this.#stack, emptyFrame)
  }

  /** Writes the rewritten code of one function, behind its size. */
  rewrite(body: Body, signature: FunctionSignature): void {
    const reader = new ByteReader(this.#module.bytes, body.start, body.end)
    this.#begin(reader, signature)
    while (!this.#stack.isEmpty) {
      this.#straight()
      this.#instruction()
    }
    if (!reader.done) reader.fail('more bytes in a function than its code')
    const code = this.#code.flush(reader.offset)
    const head = this.#head
    this.#frame.head(head, code, this.#stack.heightMax, this.#code.entryGas, this.#additions)
    this.#out
      .u32(head.length + code.length)
      .append(head)
      .append(code)
  }

  #begin(reader: ByteReader, signature: FunctionSignature): void {
    this.#reader = reader
    this.#frame = new FunctionFrame(reader, signature)
    this.#stack = new OperandStack(reader, signature.results.length)
    this.#work = 0
    this.#code.begin(reader, this.#stack, this.#frame, Math.floor(this.#frame.declared / localsPerGas))
  }

  /** Steps over the straight instructions that come next: what happens here is what the end of `#instruction` does. */
  #straight(): void {
    const reader = this.#reader
    const { bytes, end } = reader
    const { form, pops, pushes, cost } = straight
    const [stack, code] = [this.#stack, this.#code]
    for (;;) {
      const start = reader.offset
      const opcode = start < end ? (bytes[start] ?? 0) : 0
      const its = form[opcode] ?? 0
      if (its === 0) return
      reader.offset = start + 1
      if (its !== 1) skipStraight(reader, its)
      code.spend(cost[opcode] ?? 0, start)
      stack.apply(pops[opcode] ?? 0, pushes[opcode] ?? 0)
    }
  }

  #instruction(): void {
    const reader = this.#reader
    const start = reader.offset
    const instruction = readInstruction(reader)
    switch (reader.bytes[start]) {
      case 0x00: // unreachable
        this.#spend(instruction, start)
        this.#dead()
        return
      case 0x02:
      case 0x03:
      case 0x04:
        this.#block(instruction, start)
        return
      case 0x05:
        this.#else(start)
        return
      case 0x0b:
        this.#end(start)
        return
      case 0x0c:
      case 0x0d:
      case 0x0e:
      case 0x0f:
        this.#branch(instruction, start)
        return
      case 0x10:
      case 0x11:
      case 0x12:
      case 0x13:
        this.#call(instruction, start)
        return
      case 0x23:
      case 0x24:
        this.#global(instruction, start)
        return
      case 0x40:
        this.#replace(instruction, start, 'grow')
        return
      case 0xfc:
        this.#misc(instruction, start)
        return
      case 0xfd:
        this.#frame.hasVectors()
        break
    }
    if (instruction.immediate !== 'none') skipImmediate(reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#stack.apply(instruction.pops, instruction.pushes)
    if (instruction.nan === 'f32' || instruction.nan === 'f64') this.#canonicalise(instruction.nan)
  }

  #block(instruction: Instruction, start: number): void {
    const reader = this.#reader
    const kind = instruction.name === 'loop' ? 'loop' : instruction.name === 'if' ? 'if' : 'block'
    const { params, results } = readBlockType(reader, this.#module.types)
    // We open an `if` of our own in each loop.
    this.#compiled(kind === 'loop' ? 2 * workOfBlock : workOfBlock, start)
    if (kind === 'block') this.#code.flush(reader.offset)
    else {
      if (kind === 'if') {
        this.#spend(instruction, start)
        this.#stack.apply(1, 0)
      }
      this.#code.leave(start)
      if (kind === 'loop') this.#code.enterLoop(start, instruction.cost)
    }
    this.#stack.open(kind, params, results, start)
  }

  #else(start: number): void {
    this.#stack.expectResults(start)
    this.#code.leave(start)
    this.#stack.alternative(start)
  }

  #end(start: number): void {
    this.#stack.expectResults(start)
    const { kind, targeted } = this.#stack.block
    if (targeted || (kind !== 'block' && kind !== 'loop')) this.#code.leave(start)
    this.#close()
  }

  #close(): void {
    this.#stack.close()
    this.#code.closed()
  }

  #branch(instruction: Instruction, start: number): void {
    const reader = this.#reader
    if (instruction.name === 'br_table') {
      for (let left = reader.count(); left >= 0; left--) this.#stack.target(reader.u32(), start)
    } else if (instruction.immediate === 'index') this.#stack.target(reader.u32(), start)
    this.#compiled(1, start)
    this.#spend(instruction, start)
    this.#stack.apply(instruction.pops, 0)
    if (instruction.name !== 'return') this.#code.leave(start)
    if (instruction.name === 'br_if') return
    this.#dead()
  }

  /** After what never goes on: the code up to the end of the block is left out. */
  #dead(): void {
    const reader = this.#reader
    this.#code.flush(reader.offset)
    this.#code.settle()
    const start = skipDeadCode(reader)
    this.#code.leaveOutDead(start)
    if (reader.bytes[start] === 0x05) this.#stack.alternative(start)
    else this.#close()
  }

  #call(instruction: Instruction, start: number): void {
    const reader = this.#reader
    const { depth } = this.#additions
    const isIndirect = instruction.immediate === 'index index'
    const isTail = instruction.name.startsWith('return_')
    const index = reader.u32()
    if (isIndirect) reader.u32()
    const signature =
      (isIndirect ? this.#module.types : this.#module.functions)[index] ??
      reader.fail(`a call of ${isIndirect ? 'type' : 'function'} ${index}, which there is not`, start)
    this.#compiled(1, start)
    this.#spend(instruction, start)
    const code = this.#code.flush(start)
    this.#frame.calls(signature)
    code.byte(0x20).u32(this.#frame.depthLocal())
    if (isTail) {
      // The frame is given back first: its callee takes its place.
      this.#frame.tailCall(code.byte(0x41).place(4))
      code.byte(0x6a)
    }
    code.byte(0x24).u32(depth)
    this.#stack.apply(instruction.pops + signature.params.length, signature.results.length)
    this.#code.wasElsewhere()
    if (isTail) this.#dead()
  }

  #global(instruction: Instruction, start: number): void {
    const index = this.#reader.u32()
    if (this.#module.globals[index] === 'v128') this.#frame.hasVectors()
    this.#spend(instruction, start)
    this.#stack.apply(instruction.pops, instruction.pushes)
    this.#code
      .flush(start)
      .byte(instruction.name === 'global.get' ? 0x23 : 0x24)
      .u32(this.#additions.global(index))
    this.#code.leaveOut(this.#reader.offset)
  }

  #misc(instruction: Instruction, start: number): void {
    const { name } = instruction
    if (name === 'table.grow') {
      const table = new ByteReader(this.#reader.bytes, this.#reader.offset, this.#reader.end).u32()
      this.#replace(instruction, start, `grow table ${table}`)
      return
    }
    skipImmediate(this.#reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#stack.apply(instruction.pops, instruction.pushes)
    if (instruction.pops !== 3) return
    this.#code
      .flush(start)
      .byte(0x10)
      .u32(this.#additions.helper(name.startsWith('memory') ? 'bulk' : 'entries'))
    this.#code.wasElsewhere()
  }

  /** A helper stands where an instruction stood. */
  #replace(instruction: Instruction, start: number, helper: Parameters<Additions['helper']>[0]): void {
    skipImmediate(this.#reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#stack.apply(instruction.pops, instruction.pushes)
    this.#code.flush(start).byte(0x10).u32(this.#additions.helper(helper))
    this.#code.leaveOut(this.#reader.offset)
    this.#code.wasElsewhere()
  }

  #canonicalise(type: 'f32' | 'f64'): void {
    if (absorbsNan(this.#reader)) return
    const local = this.#frame.floatLocal(type)
    const code = this.#code.flush(this.#reader.offset).byte(0x22).u32(local)
    if (type === 'f64') code.code(0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
    else code.code(0x43, 0, 0, 0xc0, 0x7f)
    code.byte(0x20).u32(local).byte(0x20).u32(local)
    code.code(type === 'f64' ? 0x61 : 0x5b, 0x1b) // eq, select
  }

  /** Counts what an engine looks at, at a place where control goes more than one way: each local and each operand. */
  #compiled(work: number, start: number): void {
    this.#work += work * (this.#frame.locals + this.#stack.height)
    if (this.#work > compileWorkMax) {
      this.#reader.fail('a function of too many blocks and calls for as many locals and operands', start)
    }
  }

  #spend({ cost }: Instruction, start: number): void {
    if (cost > 0) this.#code.spend(cost, start)
  }
}
