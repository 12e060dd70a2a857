/**
 * The one place where instrumented core modules are instantiated one by one, outside of a component: what the
 * linker of `packages/wasm` does for a component, in the order of the specification's tests.
 */
import type { Failure } from '@ipvm/ipld'
import { engine } from '../../packages/wasm/src/engine.ts'
import { instrument, memoryCap } from '../../packages/wasm/src/instrument/instrument.ts'
import { MemoryQuota } from '../../packages/wasm/src/instrument/quota.ts'
import type { CoreExtern } from '../../packages/wasm/src/module/core-module.ts'
import { readCoreModule } from '../../packages/wasm/src/module/read.ts'
import { trapName } from '../../packages/wasm/src/sandbox/trap-name.ts'

/** Whether results of float arithmetic have one NaN only: `instrument` does not see to that yet. */
export const canonicalNans: boolean = false

/** Memory for all instances of a script together. */
const quotaBytes = 2 ** 40

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
  readonly #quota = new MemoryQuota(quotaBytes, 0)
  readonly #caps = new WeakMap<object, number>()

  /** Checks, rewrites, links and starts a module. */
  instantiate(bytes: Uint8Array, resolve: Resolve): Instantiated {
    const read = readCoreModule(bytes, 0)
    if ('error' in read) return { kind: 'refused', failure: read.error }
    const module = read.ok
    const imports: Record<string, Record<string, unknown>> = {}
    let cap = memoryCap(module.memory?.extent)
    for (const { module: namespace, name, extern } of module.imports) {
      const value = resolve(namespace, name)
      imports[namespace] = { ...imports[namespace], [name]: value }
      if (extern.sort === 'core memory' && value instanceof engine.Memory) cap = this.#caps.get(value) ?? cap
    }
    const { bytes: rewritten, guard } = instrument(module)
    // It is valid before, so it has to be valid after: an error here is a bug, and is thrown.
    const compiled = new engine.Module(rewritten)
    try {
      const instance = new engine.Instance(compiled, imports)
      const exports = new Map(
        [...module.exports].map(([name, extern]) => [name, { extern, value: instance.exports[name] }]),
      )
      for (const { value } of exports.values()) if (value instanceof engine.Memory) this.#caps.set(value, cap)
      if (guard) {
        const table = instance.exports[guard.table]
        const capGlobal = instance.exports[guard.cap]
        if (!(table instanceof engine.Table && capGlobal instanceof engine.Global)) throw new TypeError('no guard')
        table.set(0, this.#quota.reserve)
        capGlobal.value = cap
        if (guard.start !== undefined) callExport(instance.exports[guard.start])
      }
      return { kind: 'linked', linked: { exports } }
    } catch (thrown) {
      return { kind: 'ended', ending: this.endingOf(thrown) }
    }
  }

  /** What guest code threw, as its end; our own bugs are thrown on. */
  endingOf(thrown: unknown): Ending {
    if (thrown instanceof engine.RuntimeError) return { kind: 'trap', name: trapName(thrown.message) }
    if (thrown instanceof engine.LinkError) return { kind: 'unlinkable', message: thrown.message }
    if (thrown instanceof RangeError && /call stack/.test(thrown.message)) return { kind: 'exhaustion' }
    throw thrown
  }
}

function callExport(exported: unknown): void {
  if (typeof exported !== 'function') throw new TypeError('a start function that is none')
  Reflect.apply(exported, undefined, [])
}
