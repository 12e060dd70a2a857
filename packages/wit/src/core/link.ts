import type { Result } from '@ipvm/ipld'
import { readComponent, readPreamble, type MalformedComponent } from '../binary/read.ts'
import { Refusal } from '../binary/reader.ts'
import { linkComponent } from '../component/link.ts'
import type { Linkage } from '../component/linkage.ts'
import { linkEmbedded } from './embedded.ts'
import { readOutline } from './outline.ts'
import { linkPlain } from './plain.ts'
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

function linkCoreModule(bytes: Uint8Array): Result<Linkage, MalformedComponent> {
  return reading(() => {
    const outline = readOutline(bytes)
    const worlds = outline.worlds.map(readWorld)
    return worlds.length === 0 ? linkPlain(outline, bytes.length) : linkEmbedded(outline, worlds, bytes.length)
  })
}

/** What is read of a core module; a refusal becomes data. */
export function reading<T>(read: () => T): Result<T, MalformedComponent> {
  try {
    return { ok: read() }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    const { problem, offset } = thrown
    const message = `not a valid core module: ${problem}, at byte ${offset}`
    return { error: { name: 'MalformedComponent', message, offset } }
  }
}
