import { type NanEffect } from './nan.ts'
/** What follows an opcode in the binary (WebAssembly § Binary Format, Instructions). */
export type Immediate =
  | 'none'
  | 'block'
  | 'index'
  | 'index index'
  | 'labels'
  | 'types'
  | 'reference'
  | 'memory argument'
  | 'memory'
  | 'memory memory'
  | 'index memory'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'lane'
  | 'memory argument lane'
/** An instruction of profile 1, or one that is known and refused because of a feature. */
export interface Instruction {
  readonly name: string
  readonly immediate: Immediate
  /** The feature outside profile 1 that it belongs to. */
  readonly refused: string | undefined
  /** Operands that it takes and gives; for control instructions and calls, those that do not depend on a type. */
  readonly pops: number
  readonly pushes: number
  /** Units of gas, without what depends on its operands. */
  readonly cost: number
  /** What it does to the bits of a NaN. */
  readonly nan: NanEffect
}
/** The instructions of one byte. */
export declare const plainInstructions: readonly (Instruction | undefined)[]
/** The instructions behind the prefix 0xfc: saturating conversions, bulk memory, tables. */
export declare const miscInstructions: readonly (Instruction | undefined)[]
/** The instructions behind the prefix 0xfd: SIMD. Those that touch float lanes are refused. */
export declare const simdInstructions: readonly (Instruction | undefined)[]
//# sourceMappingURL=instruction.d.ts.map
