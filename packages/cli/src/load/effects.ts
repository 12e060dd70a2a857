import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NodeConfig } from '@ipvm/node'
import type { Effect } from '@ipvm/runtime'
import { Stop } from '../exit.ts'

/**
 * The owner's own effects: those of the modules that the config names, and of `$IPVM_EFFECTS`. They are this machine's
 * owner's own code, and run with all of its rights.
 */
export async function ownEffects({ custom, path }: NodeConfig): Promise<readonly Effect[]> {
  const variable = process.env.IPVM_EFFECTS
  const modules = custom.map(module => ({ module, where: `${path}: custom` }))
  if (variable) modules.push({ module: resolve(variable), where: '$IPVM_EFFECTS' })
  const effects: Effect[] = []
  for (const { module, where } of modules) {
    for (const effect of await effectsIn(module, where)) {
      if (effects.some(({ cmd }) => cmd === effect.cmd)) throw problem(where, module, `defines ${effect.cmd} once more`)
      effects.push(effect)
    }
  }
  return effects
}

/** The effects that a module exports as its default: a list of what `defineEffect` gives. */
async function effectsIn(path: string, where: string): Promise<readonly Effect[]> {
  let module: unknown
  try {
    module = await import(pathToFileURL(path).href)
  } catch (thrown) {
    throw problem(where, path, `cannot be loaded: ${thrown instanceof Error ? thrown.message : thrown}`, thrown)
  }
  const exported = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (Array.isArray(exported) && exported.every(isEffect)) return exported
  throw problem(where, path, 'has to export a list of effects as its default: export default [defineEffect({…})]')
}

function problem(where: string, path: string, text: string, cause?: unknown): Stop {
  return new Stop({ name: 'EffectsModule', message: `${where}: ${path} ${text}` }, undefined, cause)
}

function isEffect(value: unknown): value is Effect {
  if (typeof value !== 'object' || value === null) return false
  return 'cmd' in value && typeof value.cmd === 'string' && 'run' in value && typeof value.run === 'function'
}
