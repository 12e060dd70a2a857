import type { Result } from '@ipvm/ipld'
import { readComponent, readPreamble, type MalformedComponent } from '../binary/read.ts'
import { worldOf } from '../component/link.ts'
import { exportedFunctions } from '../export/exports.ts'
import { worldItems, type World, type WorldItem } from '../world/world.ts'
import { reading } from './link.ts'
import { readOutline, type CoreOutline } from './outline.ts'
import { linkPlain } from './plain.ts'
import { readWorld } from './world.ts'

/**
 * What any Wasm binary wants and offers: of a component, of a core module with embedded worlds (all of them together),
 * or of a plain core module, whose functions of numbers are offered (ADR 30). Nothing is said of whether it can be run.
 */
export function moduleWorld(bytes: Uint8Array): Result<World, MalformedComponent> {
  const kind = readPreamble(bytes)
  if ('error' in kind) return kind
  if (kind.ok === 'component') {
    const component = readComponent(bytes)
    return 'error' in component ? component : worldOf(component.ok)
  }
  return reading(() => {
    const outline = readOutline(bytes)
    return outline.worlds.length === 0 ? plainWorld(outline, bytes.length) : embeddedWorld(outline)
  })
}

function embeddedWorld(outline: CoreOutline): World {
  const worlds = outline.worlds.map(readWorld)
  return {
    imports: items(worlds.map(world => world.imports)),
    exports: items(worlds.map(world => world.exports)),
  }
}

/** The first of a name counts, as when they are linked. */
function items(worlds: readonly Parameters<typeof worldItems>[0][]): WorldItem[] {
  const byName = new Map<string, WorldItem>()
  for (const item of worlds.flatMap(worldItems)) if (!byName.has(item.name)) byName.set(item.name, item)
  return [...byName.values()]
}

function plainWorld(outline: CoreOutline, end: number): World {
  const linkage = linkPlain(outline, end)
  const missing = linkage.imports.map(({ name }) => ({
    name,
    kind: 'unsupported' as const,
    feature: 'an import that no world explains',
  }))
  const functions = exportedFunctions(linkage).map(({ name, type }) => ({ name, kind: 'function' as const, type }))
  return { imports: missing, exports: functions }
}
