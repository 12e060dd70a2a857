import { engine } from '../engine.js'
/** Compiles the core modules of a component that was checked and rewritten. */
export function compile({ modules, ...plan }) {
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
export function malformed(message) {
  return { name: 'MalformedModule', message }
}
//# sourceMappingURL=compile.js.map
