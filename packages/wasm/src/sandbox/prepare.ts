import type { Result } from '@ipvm/ipld'
import { exportedFunctions, linkModule, type Linkage, Refusal } from '@ipvm/wit/component'
import { LinkageCheck } from '../component/check.ts'
import type { Program, ProgramModule } from '../component/program.ts'
import { engine } from '../engine.ts'
import { missingImports } from '../host/provide.ts'
import { instrument } from '../instrument/instrument.ts'
import type { CoreModule } from '../module/core-module.ts'
import { readCoreModule, unsupportedFeature, type MalformedModule, type UnsupportedModule } from '../module/read.ts'

/**
 * Reads, checks, rewrites and compiles a component or core module, once per binary: what it gives is ready to run any number of
 * times, in this thread or in others. Nothing of the guest runs here.
 */
export function prepare(bytes: Uint8Array): Result<Program, MalformedModule | UnsupportedModule> {
  const linked = linkModule(bytes)
  if ('error' in linked) return { error: malformed(linked.error.message) }
  return prepareLinked(bytes, linked.ok)
}

/** As {@link prepare}, for a binary that is linked already: its core modules are where the linkage says. */
export function prepareLinked(
  bytes: Uint8Array,
  linkage: Linkage,
): Result<Program, MalformedModule | UnsupportedModule> {
  const refused = refusedNeed(linkage)
  if (refused) return { error: refused }
  const modules: CoreModule[] = []
  for (const { start, end } of linkage.modules) {
    const module = readCoreModule(bytes.subarray(start, end), start)
    if ('error' in module) return module
    modules.push(module.ok)
  }
  return build(linkage, modules)
}

function build(linkage: Linkage, modules: readonly CoreModule[]): Result<Program, MalformedModule> {
  const check = new LinkageCheck(linkage, modules)
  try {
    check.run()
    return {
      ok: {
        linkage,
        modules: modules.map(compile),
        memoryCaps: check.memoryCaps(),
        initialPages: check.initialPages(),
        functions: exportedFunctions(linkage),
      },
    }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformed(`not a valid module: it has ${thrown.problem}`) }
    // The original validates and the rewritten one should: what is left are limits of this engine.
    if (thrown instanceof engine.CompileError) return { error: malformed(`the engine refuses it: ${thrown.message}`) }
    throw thrown
  }
}

function compile(module: CoreModule): ProgramModule {
  const { bytes, guard } = instrument(module)
  return { compiled: new engine.Module(bytes), guard }
}

function malformed(message: string): MalformedModule {
  return { name: 'MalformedModule', message }
}

/** What the module needs and nobody here gives: all imports of such, or the first feature. */
function refusedNeed(linkage: Linkage): UnsupportedModule | undefined {
  const message = missingImports(linkage.imports)
  if (message !== undefined) return { name: 'UnsupportedModule', message }
  const [unsupported] = linkage.unsupported
  return unsupported && unsupportedFeature(unsupported.feature, unsupported.offset)
}
