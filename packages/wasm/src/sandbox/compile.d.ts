import type { Result } from '@ipvm/ipld'
import type { PlainProgram, Program } from '../component/program.ts'
import type { MalformedModule } from '../module/failure.ts'
/** Compiles the core modules of a component that was checked and rewritten. */
export declare function compile({ modules, ...plan }: PlainProgram): Result<Program, MalformedModule>
/** A component that cannot be run. */
export declare function malformed(message: string): MalformedModule
//# sourceMappingURL=compile.d.ts.map
