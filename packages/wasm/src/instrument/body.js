import { ByteReader } from '@ipvm/wit/component'
import { localsPerGas } from '../gas/cost.js'
import { blockDepthMax, blockGasMax, frameWords, leafWordsMax, localsMax } from '../limits.js'
import { readBlockType, readInstruction, skipImmediate } from '../module/walk.js'
import { readValueType } from '../module/value-type.js'
import { CodeBuffer } from './code-buffer.js'
import { absorbsNan } from './lookahead.js'
import { skipDeadCode } from './dead-code.js'
import { skipStraight, straight } from './straight.js'
/** Where no block is open. */
const noFrame = { kind: 'function', height: 0, params: 0, results: 0, targeted: false }
/** The types of the locals that are added: depth, gas, and a place for each kind of float. */
const localTypes = [0x7f, 0x7e, 0x7c, 0x7d]
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
  #module
  #additions
  #out
  #code = new CodeBuffer()
  #head = new CodeBuffer()
  #reader
  /** From where on the original is not copied yet. */
  #from = 0
  /** The blocks that are open, the function first; `#frame` is the last of them. */
  #frames = []
  #frame = noFrame
  #height = 0
  #heightMax = 0
  #loops = 0
  /** Index of the first local that we add, and how many are used: depth, gas, f64, f32. */
  #local = 0
  #locals = 0
  #words = 0
  #vectors = false
  #calls = false
  /** Where the words of the frame are to be put, which are known in the end. */
  #tailCalls = []
  #entryGas = 0
  /** The charge of the current basic block: where it is to be put, and how much it is. */
  #charge = 'entry'
  #cost = 0
  /** Whether the local may be behind the counter, after a call. */
  #stale = false
  constructor(module, additions, out) {
    this.#module = module
    this.#additions = additions
    this.#out = out
    this.#reader = new ByteReader(module.bytes)
  }
  /** Writes the rewritten code of one function, behind its size. */
  rewrite(body, signature) {
    const reader = new ByteReader(this.#module.bytes, body.start, body.end)
    this.#reader = reader
    const declared = this.#begin(signature)
    while (this.#frames.length > 0) {
      this.#straight()
      this.#instruction()
    }
    if (!reader.done) reader.fail('more bytes in a function than its code')
    this.#flush(reader.offset)
    this.#finish(declared)
  }
  #begin({ params, results }) {
    const reader = this.#reader
    const start = reader.offset
    const groups = reader.count()
    // A parameter may lie in the frame of the caller and in the own one.
    let words = 2 * params.length
    let locals = 0
    for (let left = groups; left > 0; left--) {
      const count = reader.u32()
      locals += count
      if (locals > localsMax) reader.fail(`more than ${localsMax} locals`)
      words += readValueType(reader) === 'v128' ? 2 * count : count
    }
    for (const type of params) if (type === 'v128') words += 2
    this.#words = words
    this.#local = params.length + locals
    this.#locals = 0
    this.#from = reader.offset
    this.#frames = []
    this.#push({ kind: 'function', height: 0, params: 0, results: results.length, targeted: false })
    this.#height = 0
    this.#heightMax = 0
    this.#loops = 0
    this.#vectors = false
    this.#calls = false
    this.#tailCalls = []
    this.#charge = 'entry'
    this.#cost = Math.floor(locals / localsPerGas)
    this.#entryGas = 0
    this.#stale = false
    this.#code.clear()
    return { start, groups, end: reader.offset }
  }
  /** Size, locals, prologue and code. */
  #finish({ start, groups, end }) {
    const words = frameWords + this.#words + this.#heightMax * (this.#vectors ? 2 : 1)
    for (const place of this.#tailCalls) this.#code.put(place, words, 4)
    const isCounted = this.#calls || words > leafWordsMax
    if (isCounted) this.#depthLocal()
    const head = this.#head
    head.clear()
    head.u32(groups + this.#locals)
    // The count of groups may have been written in more bytes than it takes.
    const reader = new ByteReader(this.#module.bytes, start, end)
    reader.u32()
    head.copy(this.#module.bytes, reader.offset, end)
    for (let i = 0; i < this.#locals; i++) head.code(1, localTypes[i] ?? 0)
    this.#prologue(isCounted ? words : 0)
    this.#out
      .u32(head.length + this.#code.length)
      .append(head)
      .append(this.#code)
  }
  /** @param words what the frame takes, 0 where it is not counted */
  #prologue(words) {
    const { gas, depth } = this.#additions
    const head = this.#head
    if (this.#entryGas > 0) {
      head.byte(0x23).u32(gas).byte(0x42).s32(this.#entryGas).byte(0x7d)
      head.byte(0x24).u32(gas)
    }
    if (this.#calls) {
      head.byte(0x23).u32(gas).code(0x42, 0x00, 0x53, 0x04, 0x40) // if gas < 0
      head.byte(0x10).u32(this.#additions.helper('refill')).byte(0x0b)
    }
    if (words > 0) {
      const local = this.#depthLocal()
      head.byte(0x23).u32(depth).byte(0x41).s32(words).byte(0x6b).byte(0x22).u32(local)
      head.code(0x41, 0x00, 0x48, 0x04, 0x40).byte(0x20).u32(local).byte(0x24).u32(depth).code(0x00, 0x0b)
    }
  }
  /** Steps over the straight instructions that come next: what happens here is what the end of `#instruction` does. */
  #straight() {
    const reader = this.#reader
    const { bytes, end } = reader
    const { form, pops, pushes, cost } = straight
    for (;;) {
      const start = reader.offset
      const opcode = start < end ? (bytes[start] ?? 0) : 0
      const its = form[opcode] ?? 0
      if (its === 0) return
      reader.offset = start + 1
      if (its !== 1) skipStraight(reader, its)
      if (this.#charge === undefined || this.#cost > blockGasMax) this.#startBlock(start)
      this.#cost += cost[opcode] ?? 0
      this.#apply(pops[opcode] ?? 0, pushes[opcode] ?? 0)
    }
  }
  #instruction() {
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
        this.#vectors = true
        break
    }
    if (instruction.immediate !== 'none') skipImmediate(reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#apply(instruction.pops, instruction.pushes)
    if (instruction.nan === 'f32' || instruction.nan === 'f64') this.#canonicalise(instruction.nan)
  }
  #block(instruction, start) {
    const reader = this.#reader
    const kind = instruction.name === 'loop' ? 'loop' : instruction.name === 'if' ? 'if' : 'block'
    const { params, results } = readBlockType(reader, this.#module.types)
    if (kind === 'block') this.#flush(reader.offset)
    else {
      if (kind === 'if') {
        this.#spend(instruction, start)
        this.#apply(1, 0)
      }
      this.#leave(start)
      if (kind === 'loop') this.#enterLoop(start, instruction)
    }
    if (this.#height - params < this.#frame.height) reader.fail('a block with fewer operands than it takes', start)
    this.#push({ kind, height: this.#height - params, params, results, targeted: false })
    if (this.#frames.length > blockDepthMax) reader.fail(`blocks nested deeper than ${blockDepthMax}`, start)
  }
  /** The charge of a loop is its head's: without it a loop could run for nothing. */
  #enterLoop(start, instruction) {
    if (this.#loops === 0) {
      this.#flush(start)
      this.#reload()
    }
    this.#loops += 1
    this.#flush(this.#reader.offset)
    this.#cost = instruction.cost
    this.#open()
    this.#code.byte(0x20).u32(this.#gasLocal()).code(0x42, 0x00, 0x53, 0x04, 0x40) // if gas < 0
    this.#code.byte(0x10).u32(this.#additions.helper('refill'))
    this.#reload()
    this.#code.byte(0x0b)
  }
  #else(start) {
    const frame = this.#frame
    if (frame.kind !== 'if') this.#reader.fail('an else without its if', start)
    this.#expect(frame.height + frame.results, start)
    this.#leave(start)
    this.#alternative(frame)
  }
  #alternative(frame) {
    this.#frames.pop()
    this.#push({ ...frame, kind: 'else' })
    this.#height = frame.height + frame.params
  }
  #end(start) {
    const frame = this.#frame
    this.#expect(frame.height + frame.results, start)
    const joins = frame.targeted || frame.kind === 'if' || frame.kind === 'else' || frame.kind === 'function'
    if (joins) this.#leave(start)
    this.#close(frame)
  }
  #close(frame) {
    this.#frames.pop()
    this.#frame = this.#frames.at(-1) ?? noFrame
    this.#height = frame.height + frame.results
    if (frame.kind !== 'loop') return
    this.#loops -= 1
    // Outside of loops nobody reads the local.
    if (this.#loops === 0) this.#stale = false
  }
  #branch(instruction, start) {
    const reader = this.#reader
    if (instruction.name === 'br_table') {
      for (let left = reader.count(); left >= 0; left--) this.#target(reader.u32(), start)
    } else if (instruction.immediate === 'index') this.#target(reader.u32(), start)
    this.#spend(instruction, start)
    this.#apply(instruction.pops, 0)
    if (instruction.name !== 'return') this.#leave(start)
    if (instruction.name === 'br_if') return
    this.#dead()
  }
  #target(label, start) {
    const frame = this.#frames[this.#frames.length - 1 - label]
    if (!frame) this.#reader.fail('a branch out of the function', start)
    frame.targeted = true
  }
  /** After what never goes on: the code up to the end of the block is left out. */
  #dead() {
    const reader = this.#reader
    this.#flush(reader.offset)
    this.#settle()
    const start = skipDeadCode(reader)
    this.#from = start
    const frame = this.#frame
    this.#stale = false
    if (reader.bytes[start] === 0x05) {
      if (frame.kind !== 'if') reader.fail('an else without its if', start)
      this.#alternative(frame)
    } else this.#close(frame)
  }
  #call(instruction, start) {
    const reader = this.#reader
    const { depth } = this.#additions
    const isIndirect = instruction.immediate === 'index index'
    const isTail = instruction.name.startsWith('return_')
    const index = reader.u32()
    if (isIndirect) reader.u32()
    const signature =
      (isIndirect ? this.#module.types : this.#module.functions)[index] ??
      reader.fail(`a call of ${isIndirect ? 'type' : 'function'} ${index}, which there is not`, start)
    this.#spend(instruction, start)
    this.#flush(start)
    this.#calls = true
    this.#code.byte(0x20).u32(this.#depthLocal())
    if (isTail) {
      // The frame is given back first: its callee takes its place.
      this.#tailCalls.push(this.#code.byte(0x41).place(4))
      this.#code.byte(0x6a)
    }
    this.#code.byte(0x24).u32(depth)
    this.#apply(instruction.pops + signature.params.length, signature.results.length)
    this.#stale = true
    if (isTail) this.#dead()
  }
  #global(instruction, start) {
    const index = this.#reader.u32()
    this.#spend(instruction, start)
    this.#apply(instruction.pops, instruction.pushes)
    this.#flush(start)
    this.#code.byte(instruction.name === 'global.get' ? 0x23 : 0x24).u32(this.#additions.global(index))
    this.#from = this.#reader.offset
  }
  #misc(instruction, start) {
    const { name } = instruction
    if (name === 'table.grow') {
      const table = new ByteReader(this.#reader.bytes, this.#reader.offset, this.#reader.end).u32()
      this.#replace(instruction, start, `grow table ${table}`)
      return
    }
    skipImmediate(this.#reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#apply(instruction.pops, instruction.pushes)
    if (instruction.pops !== 3) return
    this.#flush(start)
    this.#code.byte(0x10).u32(this.#additions.helper(name.startsWith('memory') ? 'bulk' : 'entries'))
    this.#stale = true
  }
  /** A helper stands where an instruction stood. */
  #replace(instruction, start, helper) {
    skipImmediate(this.#reader, instruction.immediate)
    this.#spend(instruction, start)
    this.#apply(instruction.pops, instruction.pushes)
    this.#flush(start)
    this.#code.byte(0x10).u32(this.#additions.helper(helper))
    this.#from = this.#reader.offset
    this.#stale = true
  }
  #canonicalise(type) {
    if (absorbsNan(this.#reader)) return
    const local = this.#local + (type === 'f64' ? 2 : 3)
    this.#locals = Math.max(this.#locals, type === 'f64' ? 3 : 4)
    const code = this.#flush(this.#reader.offset).byte(0x22).u32(local)
    if (type === 'f64') code.code(0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
    else code.code(0x43, 0, 0, 0xc0, 0x7f)
    code.byte(0x20).u32(local).byte(0x20).u32(local)
    code.code(type === 'f64' ? 0x61 : 0x5b, 0x1b) // eq, select
  }
  /** Adds an instruction's cost to its block's; the first one opens the block. */
  #spend({ cost }, start) {
    if (cost === 0) return
    if (this.#charge === undefined || this.#cost > blockGasMax) this.#startBlock(start)
    this.#cost += cost
  }
  #startBlock(start) {
    this.#settle()
    this.#flush(start)
    this.#open()
  }
  #open() {
    const { gas } = this.#additions
    const code = this.#code
    if (this.#loops > 0) {
      if (this.#stale) this.#reload()
      code.byte(0x20).u32(this.#gasLocal()).byte(0x42)
      this.#charge = code.place(2)
      code.byte(0x7d).byte(0x22).u32(this.#gasLocal()).byte(0x24).u32(gas)
      return
    }
    code.byte(0x23).u32(gas).byte(0x42)
    this.#charge = code.place(2)
    code.byte(0x7d).byte(0x24).u32(gas)
  }
  /** The end of a basic block: its cost is known now. */
  #settle() {
    if (this.#charge === 'entry') this.#entryGas = this.#cost
    else if (this.#charge !== undefined) this.#code.put(this.#charge, this.#cost, 2)
    this.#charge = undefined
    this.#cost = 0
  }
  /** Before control goes elsewhere: wherever that is, the local must hold the counter there. */
  #leave(start) {
    this.#settle()
    if (!this.#stale || this.#loops === 0) return
    this.#flush(start)
    this.#reload()
  }
  #reload() {
    this.#code.byte(0x23).u32(this.#additions.gas).byte(0x21).u32(this.#gasLocal())
    this.#stale = false
  }
  #depthLocal() {
    this.#locals = Math.max(this.#locals, 1)
    return this.#local
  }
  #gasLocal() {
    this.#locals = Math.max(this.#locals, 2)
    return this.#local + 1
  }
  /** Copies the original up to an offset. */
  #flush(to) {
    this.#code.copy(this.#reader.bytes, this.#from, to)
    this.#from = to
    return this.#code
  }
  #apply(pops, pushes) {
    this.#height -= pops
    if (this.#height < this.#frame.height) this.#reader.fail('an instruction with fewer operands than it takes')
    this.#height += pushes
    if (this.#height > this.#heightMax) this.#heightMax = this.#height
  }
  #expect(height, start) {
    if (this.#height !== height) this.#reader.fail('a block that does not end with its results', start)
  }
  #push(frame) {
    this.#frames.push(frame)
    this.#frame = frame
  }
}
//# sourceMappingURL=body.js.map
