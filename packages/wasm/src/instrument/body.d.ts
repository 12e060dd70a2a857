import type { Body, CoreModule, FunctionSignature } from '../module/core-module.ts'
import type { Additions } from './additions.ts'
import { CodeBuffer } from './code-buffer.ts'
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
export declare class BodyRewriter {
  #private
  constructor(module: CoreModule, additions: Additions, out: CodeBuffer)
  /** Writes the rewritten code of one function, behind its size. */
  rewrite(body: Body, signature: FunctionSignature): void
}
//# sourceMappingURL=body.d.ts.map
