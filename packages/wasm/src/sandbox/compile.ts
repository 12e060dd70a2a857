import type { Result } from '@ipvm/ipld'
import type { PlainProgram, Program } from '../component/program.ts'
import { engine } from '../engine.ts'
import type { MalformedModule } from '../module/failure.ts'

/** Compiles the core modules of a component that was checked and rewritten. */
export function compile({ modules, ...plan }: PlainProgram): Result<Program, MalformedModule> {
  try {
    const compiled = modules.map(({ bytes, ...module }) => ({ ...module, compiled: new engine.Module(bytes) }))
    return { ok: { ...plan, modules: compiled } }
  } catch (thrown) {
    // The original validates and the rewritten one should: what is left are limits of this engine.
    if (thrown instanceof engine.CompileError) return { error: malformed(`the engine refuses it: ${thrown.message}`) }
    throw thrown
  }
}

/** A component that cannot be run. */
export function malformed(message: string): MalformedModule {
  return { name: 'MalformedModule', message }
}
