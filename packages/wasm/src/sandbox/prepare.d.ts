import type { Result } from '@ipvm/ipld'
import { type Linkage } from '@ipvm/wit/component'
import type { PlainProgram, Program } from '../component/program.ts'
import { type MalformedModule, type UnsupportedModule } from '../module/failure.ts'
/**
 * Reads, checks, rewrites and compiles a component or core module, once per binary: what it gives is ready to run any number of
 * times, in this thread or in others. Nothing of the guest runs here.
 */
export declare function prepare(bytes: Uint8Array): Result<Program, MalformedModule | UnsupportedModule>
/** As {@link prepare}, for a binary that is linked already: its core modules are where the linkage says. */
export declare function prepareLinked(
  bytes: Uint8Array,
  linkage: Linkage,
): Result<Program, MalformedModule | UnsupportedModule>
/** Reads, checks and rewrites a module: all of {@link prepare} but the compiling, so that it can be kept. */
export declare function rewrite(bytes: Uint8Array): Result<PlainProgram, MalformedModule | UnsupportedModule>
//# sourceMappingURL=prepare.d.ts.map
