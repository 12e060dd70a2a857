import { fileBlocks, type Result } from '@ipvm/ipld'
import { moduleWorld, type Unprintable } from '@ipvm/wit'
import type { MalformedComponent } from '@ipvm/wit/component'
import { readDocs } from '../docs/package-docs.ts'
import { printBindings, type BindingsOf } from './bindings.ts'
import type { UnnameableExport } from './identifier.ts'

/**
 * Typed TypeScript bindings of a Wasm module, with the doc comments that it brings. Failures: `MalformedComponent`,
 * `UnnameableExport`, `Unprintable`.
 *
 * @example
 * moduleBindings(bytes, { file: 'image.wasm', url: './image.wasm', as: 'module' })
 */
export function moduleBindings(
  bytes: Uint8Array,
  options: Pick<BindingsOf, 'file' | 'url' | 'as'>,
): Result<string, MalformedComponent | UnnameableExport | Unprintable> {
  const world = moduleWorld(bytes)
  if ('error' in world) return world
  return printBindings({ ...options, world: world.ok, docs: readDocs(bytes), cid: fileBlocks(bytes).root.toString() })
}
