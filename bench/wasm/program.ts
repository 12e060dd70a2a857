import { invoke, type Program, prepare, type Quotas } from '@ipvm/wasm'
import type { WitValue } from '@ipvm/wit'
import { coreOf } from '../../guests/image/load.ts'
import { type CompiledModule, engine } from '../../packages/wasm/src/engine.ts'

const quotas: Quotas = { gas: 1e12, memory: 2 ** 30, output: 2 ** 28 }
const seed = new Uint8Array(32)

/** A component, ready to run. */
export function programOf(component: Uint8Array): Program {
  const prepared = prepare(component)
  if ('error' in prepared) throw new Error(prepared.error.message)
  return prepared.ok
}

/** A call in a fresh instance, in this thread. */
export function run(program: Program, fun: string, args: readonly WitValue[]): WitValue | undefined {
  const { result } = invoke(program, { fun, args, quotas, seed })
  if ('error' in result) throw new Error(result.error.message)
  return result.ok
}

/** The only core module of a component, compiled as it is. */
export function rawCore(component: Uint8Array): CompiledModule {
  return new engine.Module(coreOf(component))
}

/** A fresh instance of a core module, and a call of what it exports. */
export function callRaw(core: CompiledModule, name: string, args: readonly number[]): unknown {
  const { [name]: exported } = new engine.Instance(core).exports
  if (typeof exported !== 'function') throw new Error(`no function ${name}`)
  return Reflect.apply(exported, undefined, args)
}
