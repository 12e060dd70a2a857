import type { Linkage } from '@ipvm/wit/component'
import { functionNameLengthMax, functionNamesBytesMax, namedModulesMax } from '../limits.ts'
import { functionName, functionNameMap } from '../module/function-names.ts'
import type { ModuleSource } from '../sandbox/run.ts'
import type { StackFrame } from '../sandbox/stack.ts'

/** The name maps of a component's core modules. */
type NameMaps = readonly (Uint8Array | undefined)[]

/**
 * What the functions of modules are called. The modules that run have no names any more: they are read out of the
 * original when a guest of it fails, and remembered for the next time.
 */
export class FunctionNames {
  /** By module, the one remembered longest first. */
  readonly #maps = new Map<string, Promise<NameMaps>>()

  /** A stack for people: each function by its name, or by its index where it has none. */
  async of(stack: readonly StackFrame[], module: ModuleSource, linkage: Linkage): Promise<readonly string[]> {
    const maps = await this.#mapsOf(module, linkage)
    return stack.map(frame => frameText(frame, maps))
  }

  #mapsOf(module: ModuleSource, linkage: Linkage): Promise<NameMaps> {
    const key = module.cid.toString()
    const known = this.#maps.get(key)
    if (known) return known
    const maps = readMaps(module, linkage)
    const [oldest] = this.#maps.keys()
    if (oldest !== undefined && this.#maps.size >= namedModulesMax) this.#maps.delete(oldest)
    this.#maps.set(key, maps)
    return maps
  }
}

/** A module that cannot be read now has no names: what failed is told all the same. */
async function readMaps(module: ModuleSource, { modules }: Linkage): Promise<NameMaps> {
  const bytes = await module.bytes()
  if ('error' in bytes) return modules.map(() => undefined)
  return modules.map(({ start, end }) => {
    const map = functionNameMap(bytes.ok.subarray(start, end))
    // A copy, so that it does not keep the whole module in memory.
    return map && map.length <= functionNamesBytesMax ? map.slice() : undefined
  })
}

function frameText({ module, function: index }: StackFrame, maps: NameMaps): string {
  const map = module === undefined ? undefined : maps[module]
  const name = map && functionName(map, index)
  if (name) return name.slice(0, functionNameLengthMax)
  return maps.length > 1 && module !== undefined ? `function ${index} of core module ${module}` : `function ${index}`
}
