import type { Result } from '@ipvm/ipld'
import { exportedFunctions, linkModule, type Linkage, Refusal } from '@ipvm/wit/component'
import { LinkageCheck } from '../component/check.ts'
import type { PlainProgram, Program } from '../component/program.ts'
import { missingImports } from '../host/provide.ts'
import { rewriteCoreModule, type RewrittenModule } from '../instrument/rewrite.ts'
import { unsupportedFeature, type MalformedModule, type UnsupportedModule } from '../module/failure.ts'
import { compile, malformed } from './compile.ts'
import { moduleName } from './stack.ts'

/**
 * Reads, checks, rewrites and compiles a component or core module, once per binary: what it gives is ready to run any number of
 * times, in this thread or in others. Nothing of the guest runs here.
 */
export function prepare(bytes: Uint8Array): Result<Program, MalformedModule | UnsupportedModule> {
  const linked = linkModule(bytes)
  return 'error' in linked ? { error: malformed(linked.error.message) } : prepareLinked(bytes, linked.ok)
}

/** As {@link prepare}, for a binary that is linked already: its core modules are where the linkage says. */
export function prepareLinked(
  bytes: Uint8Array,
  linkage: Linkage,
): Result<Program, MalformedModule | UnsupportedModule> {
  const plain = rewriteLinked(bytes, linkage)
  return 'error' in plain ? plain : compile(plain.ok)
}

/** Reads, checks and rewrites a module: all of {@link prepare} but the compiling, so that it can be kept. */
export function rewrite(bytes: Uint8Array): Result<PlainProgram, MalformedModule | UnsupportedModule> {
  const linked = linkModule(bytes)
  return 'error' in linked ? { error: malformed(linked.error.message) } : rewriteLinked(bytes, linked.ok)
}

function rewriteLinked(bytes: Uint8Array, linkage: Linkage): Result<PlainProgram, MalformedModule | UnsupportedModule> {
  const refused = refusedNeed(linkage)
  if (refused) return { error: refused }
  const modules: RewrittenModule[] = []
  for (const { start, end } of linkage.modules) {
    const module = rewriteCoreModule(bytes.subarray(start, end), start, moduleName(modules.length))
    if ('error' in module) return module
    modules.push(module.ok)
  }
  return build(linkage, modules)
}

function build(linkage: Linkage, modules: readonly RewrittenModule[]): Result<PlainProgram, MalformedModule> {
  const check = new LinkageCheck(linkage, modules)
  try {
    check.run()
    return {
      ok: {
        linkage,
        modules: modules.map(({ module, instrumented: { bytes, meter, gas } }) => {
          return { bytes, meter, gas, functions: module.functions.length }
        }),
        memoryCaps: check.memoryCaps(),
        initialPages: check.initialPages(),
        functions: exportedFunctions(linkage),
      },
    }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformed(`not a valid module: it has ${thrown.problem}`) }
    throw thrown
  }
}

/** What the module needs and nobody here gives: all imports of such, or the first feature. */
function refusedNeed(linkage: Linkage): UnsupportedModule | undefined {
  const message = missingImports(linkage.imports)
  if (message !== undefined) return { name: 'UnsupportedModule', message }
  const [unsupported] = linkage.unsupported
  return unsupported && unsupportedFeature(unsupported.feature, unsupported.offset)
}
