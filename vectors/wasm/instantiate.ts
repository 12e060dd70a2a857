/**
 * The one place where instrumented core modules are instantiated one by one, outside of a component: what the
 * linker of `packages/wasm` does for a component, in the order of the specification's tests.
 */
import type { Failure } from '@ipvm/ipld'
import { engine } from '../../packages/wasm/src/engine.ts'
import { memoryCap } from '../../packages/wasm/src/instrument/additions.ts'
import { Meter } from '../../packages/wasm/src/instrument/meter.ts'
import { rewriteCoreModule } from '../../packages/wasm/src/instrument/rewrite.ts'
import { stackWordsMax } from '../../packages/wasm/src/limits.ts'
import type { CoreExtern } from '../../packages/wasm/src/module/core-module.ts'
import { trapName } from '../../packages/wasm/src/sandbox/trap-name.ts'

/** Enough for all instances of a script together. */
const quotas = { gas: 2 ** 50, memory: 2 ** 40 }

/** Portions of gas that instances of a script may hold, at most. */
const instancesMax = 10_000

/** An instance, with the exports of the original module: what instrumentation added is not among them. */
export interface Linked {
  readonly exports: ReadonlyMap<string, { readonly extern: CoreExtern; readonly value: unknown }>
}

/** What stands under two names, or nothing. */
export type Resolve = (module: string, name: string) => unknown

/** How guest code ended that did not return. */
export type Ending =
  | { readonly kind: 'trap'; readonly name: string }
  | { readonly kind: 'exhaustion' }
  | { readonly kind: 'unlinkable'; readonly message: string }

/** What came of a module. */
export type Instantiated =
  | { readonly kind: 'linked'; readonly linked: Linked }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'ended'; readonly ending: Ending }

/** Instantiates modules that may import what others export, all under one quota. */
export class Instantiator {
  readonly #meter = new Meter(quotas, instancesMax)
  readonly #caps = new WeakMap<object, number>()

  /** Checks, rewrites, links and starts a module. */
  instantiate(bytes: Uint8Array, resolve: Resolve): Instantiated {
    const rewritten = rewriteCoreModule(bytes, 0)
    if ('error' in rewritten) return { kind: 'refused', failure: rewritten.error }
    const { module, instrumented } = rewritten.ok
    const imports: Record<string, Record<string, unknown>> = {}
    let cap = memoryCap(module.memory?.extent)
    for (const { module: namespace, name, extern } of module.imports) {
      const value = resolve(namespace, name)
      imports[namespace] = { ...imports[namespace], [name]: value }
      if (extern.sort === 'core memory' && value instanceof engine.Memory) cap = this.#caps.get(value) ?? cap
    }
    const { meter: names } = instrumented
    // It is valid before, so it has to be valid after: an error here is a bug, and is thrown.
    const compiled = new engine.Module(instrumented.bytes)
    try {
      const instance = new engine.Instance(compiled, { ...imports, [names.namespace]: this.#meter.imports(names, cap) })
      const exports = new Map(
        [...module.exports].map(([name, extern]) => [name, { extern, value: instance.exports[name] }]),
      )
      for (const { value } of exports.values()) if (value instanceof engine.Memory) this.#caps.set(value, cap)
      const start = names.start === undefined ? undefined : instance.exports[names.start]
      if (typeof start === 'function') this.call(() => Reflect.apply(start, undefined, []))
      return { kind: 'linked', linked: { exports } }
    } catch (thrown) {
      return { kind: 'ended', ending: this.endingOf(thrown) }
    }
  }

  /** Calls a guest's function, with the whole stack. */
  call<T>(run: () => T): T {
    this.#meter.depth = stackWordsMax
    return run()
  }

  /** What guest code threw, as its end; our own bugs are thrown on. */
  endingOf(thrown: unknown): Ending {
    if (this.#meter.outOfStack) return { kind: 'exhaustion' }
    if (thrown instanceof engine.RuntimeError) return { kind: 'trap', name: trapName(thrown.message) }
    if (thrown instanceof engine.LinkError) return { kind: 'unlinkable', message: thrown.message }
    throw thrown
  }
}
