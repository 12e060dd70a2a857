import type { ByteReader } from '@ipvm/wit/component'
import type { FunctionSignature } from './core-module.ts'
import { type Immediate, type Instruction } from './instruction.ts'
/** Reads the next instruction's opcode; refuses by name what is not in profile 1. */
export declare function readInstruction(reader: ByteReader): Instruction
/** Steps over what follows an opcode. */
export declare function skipImmediate(reader: ByteReader, immediate: Immediate): void
/** How many operands a block takes and gives. */
export interface BlockEffect {
  readonly params: number
  readonly results: number
}
/** The effect of a block: its type is empty, a value type, or the index of a function type. */
export declare function readBlockType(reader: ByteReader, types: readonly FunctionSignature[]): BlockEffect
//# sourceMappingURL=walk.d.ts.map
