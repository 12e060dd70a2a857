import type { Result } from '@ipvm/ipld'
import { readComponent, readPreamble, type MalformedComponent } from '../binary/read.ts'
import { Refusal } from '../binary/reader.ts'
import { linkComponent, worldOf } from '../component/link.ts'
import type { Linkage } from '../component/linkage.ts'
import { linkEmbedded } from './embedded.ts'
import { readOutline } from './outline.ts'
import { linkPlain } from './plain.ts'
import { worldItems, type World, type WorldItem } from '../world/world.ts'
import { readWorld } from './world.ts'

/**
 * How a Wasm binary is put together, and what it offers and wants: of a component, of a core module with an embedded
 * world (as wit-bindgen makes them), and of any other core module, whose functions of numbers can be called. Only what
 * that takes is read; whether the code is valid is for whoever runs it.
 */
export function linkModule(bytes: Uint8Array): Result<Linkage, MalformedComponent> {
  const kind = readPreamble(bytes)
  if ('error' in kind) return kind
  if (kind.ok === 'core module') return linkCoreModule(bytes)
  const component = readComponent(bytes)
  return 'error' in component ? component : linkComponent(component.ok)
}

/**
 * What a Wasm binary wants and offers, by name: of a component, of a core module with embedded worlds (all of them
 * together), and of any other core module. Nothing is said of whether it can be run.
 */
export function moduleWorld(bytes: Uint8Array): Result<World, MalformedComponent> {
  const kind = readPreamble(bytes)
  if ('error' in kind) return kind
  if (kind.ok === 'core module') return readingCore(() => coreWorld(bytes))
  const component = readComponent(bytes)
  return 'error' in component ? component : worldOf(component.ok)
}

function linkCoreModule(bytes: Uint8Array): Result<Linkage, MalformedComponent> {
  return readingCore(() => {
    const outline = readOutline(bytes)
    const worlds = outline.worlds.map(readWorld)
    return worlds.length === 0 ? linkPlain(outline, bytes.length) : linkEmbedded(outline, worlds, bytes.length)
  })
}

function coreWorld(bytes: Uint8Array): World {
  const outline = readOutline(bytes)
  const worlds = outline.worlds.map(readWorld)
  if (worlds.length === 0) return plainWorld(linkPlain(outline, bytes.length))
  return {
    imports: worldItems(firstOfName(worlds.map(world => world.imports))),
    exports: worldItems(firstOfName(worlds.map(world => world.exports))),
  }
}

/** The first of a name counts, as when they are linked. */
function firstOfName<T>(maps: readonly Iterable<readonly [string, T]>[]): Map<string, T> {
  const first = new Map<string, T>()
  for (const [name, item] of maps.flatMap(map => [...map])) if (!first.has(name)) first.set(name, item)
  return first
}

/** What a module offers that says nothing of WIT; its imports have no types. */
function plainWorld({ imports, exports, lifts, withheld }: Linkage): World {
  const offered = exports.flatMap(({ name, lift }): WorldItem[] => {
    const type = lifts[lift]?.type
    return type ? [{ name, kind: 'function', type }] : []
  })
  const others = withheld.map(({ name, reason }) => ({ name, kind: 'withheld', reason }) as const)
  const wanted = imports.map(({ name, functions }) => {
    const list = functions.map(func => JSON.stringify(func.name)).join(', ')
    const reason = `is imported${list === '' ? '' : ` (${list})`}, and nothing says what it means`
    return { name, kind: 'withheld', reason } as const
  })
  return { imports: wanted, exports: [...offered, ...others] }
}

function readingCore<T>(read: () => T): Result<T, MalformedComponent> {
  try {
    return { ok: read() }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    const { problem, offset } = thrown
    const message = `not a valid core module: ${problem}, at byte ${offset}`
    return { error: { name: 'MalformedComponent', message, offset } }
  }
}
