import type { Result } from '@ipvm/ipld'
import { exportedFunctions, type Linkage, linkComponent, readComponent, Refusal } from '@ipvm/wit/component'
import { LinkageCheck } from '../component/check.ts'
import type { PlainProgram, Program } from '../component/program.ts'
import { rewriteCoreModule, type RewrittenModule } from '../instrument/rewrite.ts'
import { unsupportedFeature, type MalformedModule, type UnsupportedModule } from '../module/failure.ts'
import { compile, malformed } from './compile.ts'

/**
 * Reads, checks, rewrites and compiles a component, once per binary: what it gives is ready to run any number of
 * times, in this thread or in others. Nothing of the guest runs here.
 */
export function prepare(bytes: Uint8Array): Result<Program, MalformedModule | UnsupportedModule> {
  const plain = rewrite(bytes)
  return 'error' in plain ? plain : compile(plain.ok)
}

/** Reads, checks and rewrites a component: all of {@link prepare} but the compiling, so that it can be kept. */
export function rewrite(bytes: Uint8Array): Result<PlainProgram, MalformedModule | UnsupportedModule> {
  const component = readComponent(bytes)
  if ('error' in component) return { error: malformed(component.error.message) }
  const linked = linkComponent(component.ok)
  if ('error' in linked) return { error: malformed(linked.error.message) }
  const linkage = linked.ok
  const refused = refusedNeed(linkage)
  if (refused) return { error: refused }
  const modules: RewrittenModule[] = []
  for (const { start, end } of linkage.modules) {
    const module = rewriteCoreModule(bytes.subarray(start, end), start)
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
        modules: modules.map(({ instrumented: { bytes, meter, gas } }) => ({ bytes, meter, gas })),
        memoryCaps: check.memoryCaps(),
        initialPages: check.initialPages(),
        functions: exportedFunctions(linkage),
      },
    }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformed(`not a valid component: it has ${thrown.problem}`) }
    throw thrown
  }
}

/** The first thing that the component needs and nobody here gives. Providers of imports will be asked here. */
function refusedNeed(linkage: Linkage): UnsupportedModule | undefined {
  if (linkage.imports.length > 0) {
    const names = linkage.imports.map(({ name }) => name).join(', ')
    const message = `it imports ${names}, which ipvm does not provide; build it without, or stub the imports out`
    return { name: 'UnsupportedModule', message }
  }
  const [unsupported] = linkage.unsupported
  return unsupported && unsupportedFeature(unsupported.feature, unsupported.offset)
}
