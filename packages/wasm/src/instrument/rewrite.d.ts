import type { Result } from '@ipvm/ipld'
import type { CoreModule } from '../module/core-module.ts'
import { type MalformedModule, type UnsupportedModule } from '../module/failure.ts'
import { type Instrumented } from './instrument.ts'
/** A core module as it is, and as it is run. */
export interface RewrittenModule {
  readonly module: CoreModule
  readonly instrumented: Instrumented
}
/**
 * Reads and rewrites a core module, and refuses what is not in profile 1 by name and byte offset: the engines disagree
 * on what they accept, and change their minds with each version. Types are checked by `WebAssembly.validate`; a module
 * is accepted when both agree (design § 3). Offsets in messages count from the start of `bytes`, plus `base`.
 */
export declare function rewriteCoreModule(
  bytes: Uint8Array,
  base: number,
): Result<RewrittenModule, MalformedModule | UnsupportedModule>
/** The type of `WebAssembly.validate` wants bytes that are not shared; a guest's binary never is. */
export declare function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer>
//# sourceMappingURL=rewrite.d.ts.map
