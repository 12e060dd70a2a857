import { exportedFunctions, linkModule, Refusal } from '@ipvm/wit/component'
import { LinkageCheck } from '../component/check.js'
import { missingImports } from '../host/provide.js'
import { rewriteCoreModule } from '../instrument/rewrite.js'
import { unsupportedFeature } from '../module/failure.js'
import { compile, malformed } from './compile.js'
/**
 * Reads, checks, rewrites and compiles a component or core module, once per binary: what it gives is ready to run any number of
 * times, in this thread or in others. Nothing of the guest runs here.
 */
export function prepare(bytes) {
  const linked = linkModule(bytes)
  return 'error' in linked ? { error: malformed(linked.error.message) } : prepareLinked(bytes, linked.ok)
}
/** As {@link prepare}, for a binary that is linked already: its core modules are where the linkage says. */
export function prepareLinked(bytes, linkage) {
  const plain = rewriteLinked(bytes, linkage)
  return 'error' in plain ? plain : compile(plain.ok)
}
/** Reads, checks and rewrites a module: all of {@link prepare} but the compiling, so that it can be kept. */
export function rewrite(bytes) {
  const linked = linkModule(bytes)
  return 'error' in linked ? { error: malformed(linked.error.message) } : rewriteLinked(bytes, linked.ok)
}
function rewriteLinked(bytes, linkage) {
  const refused = refusedNeed(linkage)
  if (refused) return { error: refused }
  const modules = []
  for (const { start, end } of linkage.modules) {
    const module = rewriteCoreModule(bytes.subarray(start, end), start)
    if ('error' in module) return module
    modules.push(module.ok)
  }
  return build(linkage, modules)
}
function build(linkage, modules) {
  const check = new LinkageCheck(linkage, modules)
  try {
    check.run()
    return {
      ok: {
        linkage,
        modules: modules.map(({ instrumented: { bytes, meter, gas } }) => ({ bytes, meter, gas })),
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
function refusedNeed(linkage) {
  const message = missingImports(linkage.imports)
  if (message !== undefined) return { name: 'UnsupportedModule', message }
  const [unsupported] = linkage.unsupported
  return unsupported && unsupportedFeature(unsupported.feature, unsupported.offset)
}
//# sourceMappingURL=prepare.js.map
