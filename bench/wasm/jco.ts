import { type CompiledModule, engine, type ImportObject, type Instance } from '../../packages/wasm/src/engine.ts'

/** See peers.mjs. */
export interface Peers {
  transpile(component: Uint8Array): Map<string, Uint8Array<ArrayBuffer>>
  build(engine: 'quickjs' | 'spidermonkey'): Promise<Uint8Array>
}

/** The exported functions of a component. */
export type Exports = Readonly<Record<string, (...args: unknown[]) => unknown>>

type InstantiateCore = (module: CompiledModule, imports?: ImportObject) => Instance

/** The JavaScript that jco writes for a component. */
interface Glue {
  instantiate(getCore: (name: string) => CompiledModule, imports: object, instantiate: InstantiateCore): Exports
}

/** A component as jco runs it: its JavaScript, and its core modules by their names there. */
export interface Transpiled {
  readonly glue: Glue
  readonly cores: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

let loaded = 0

/** Has jco write a component's JavaScript, and loads it; every time anew, as an engine remembers modules by their text. */
export async function transpiled(peers: Peers, component: Uint8Array): Promise<Transpiled> {
  const cores = peers.transpile(component)
  const script = [...cores.keys()].find(name => name.endsWith('.js'))
  const text = cores.get(script ?? '')
  if (!text) throw new Error('jco wrote no JavaScript')
  loaded += 1
  const source = `${Buffer.from(text).toString('utf8')}\n// ${loaded}`
  const glue: Glue = await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`)
  return { glue, cores }
}

/** How core modules are compiled and instantiated: as they are, unless a bench says otherwise. */
export interface Cores {
  compile(bytes: Uint8Array<ArrayBuffer>): CompiledModule
  instantiate: InstantiateCore
}

/** Nothing added. */
export const plainCores: Cores = {
  compile: bytes => new engine.Module(bytes),
  instantiate: (module, imports) => new engine.Instance(module, imports),
}

/** A function that gives a fresh instance each time; its core modules are compiled once. */
export function instantiator({ glue, cores }: Transpiled, { compile, instantiate } = plainCores): () => Exports {
  const compiled = new Map<string, CompiledModule>()
  const getCore = (name: string) => {
    const module = compiled.get(name) ?? compile(cores.get(name) ?? new Uint8Array())
    compiled.set(name, module)
    return module
  }
  return () => glue.instantiate(getCore, {}, instantiate)
}
