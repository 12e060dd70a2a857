import { type Linkage } from '@ipvm/wit/component'
import type { RewrittenModule } from '../instrument/rewrite.ts'
/**
 * Checks what the engine cannot see, as it sees one core module at a time: that lifted and lowered functions have the
 * core types that the canonical ABI gives them, and that things which are passed along exist. After this, calling
 * into a component and out of it cannot fail in the host. Problems throw {@link Refusal}.
 */
export declare class LinkageCheck {
  #private
  constructor(linkage: Linkage, modules: readonly RewrittenModule[])
  run(): void
  /** For each core instance, the cap of the memory that its own code grows. */
  memoryCaps(): number[]
  /** Pages that all memories have at the start. */
  initialPages(): number
}
//# sourceMappingURL=check.d.ts.map
