import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Effect } from '@ipvm/runtime'
import { Stop } from '../exit.ts'

/**
 * The effects that a module exports as its default: a list of what `defineEffect` gives. They are this machine's owner's
 * own code, and run with all of its rights.
 */
export async function ownEffects(path: string | undefined): Promise<readonly Effect[]> {
  if (path === undefined || path === '') return []
  try {
    const module: unknown = await import(pathToFileURL(resolve(path)).href)
    const exported = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
    if (Array.isArray(exported) && exported.every(isEffect)) return exported
  } catch (thrown) {
    const message = `$IPVM_EFFECTS: ${path} cannot be loaded: ${thrown instanceof Error ? thrown.message : thrown}`
    throw new Stop({ name: 'EffectsModule', message }, undefined, thrown)
  }
  const message = `$IPVM_EFFECTS: ${path} has to export a list of effects as its default: export default [defineEffect({…})]`
  throw new Stop({ name: 'EffectsModule', message })
}

function isEffect(value: unknown): value is Effect {
  if (typeof value !== 'object' || value === null) return false
  return 'cmd' in value && typeof value.cmd === 'string' && 'run' in value && typeof value.run === 'function'
}
