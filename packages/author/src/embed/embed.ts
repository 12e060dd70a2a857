import { error, type Result } from '@ipvm/ipld'
import { linkModule } from '@ipvm/wit'
import { readPreamble, type MalformedComponent } from '@ipvm/wit/component'
import { docsContent, sectionName } from '../docs/package-docs.ts'
import { encodeWorld } from './encode.ts'
import type { MalformedWit } from './lexer.ts'
import { parseWit, witResult } from './parse.ts'
import { customSection, joined, withoutSections } from './sections.ts'
import type { WitWorld } from './wit.ts'

const worldSection = 'component-type'

/**
 * A core module that says which world it is, with the world's comments: what any language's compiler makes becomes a guest
 * with the types of WIT (ADR 30, 46). A world that was embedded before is replaced.
 *
 * Failures: `MalformedWit`, with the line; `MalformedComponent`, as where the world exports what the module does not.
 *
 * @param file how the WIT's file is called, for messages
 */
export function embedWorld(
  module: Uint8Array,
  wit: string,
  file: string,
): Result<Uint8Array, MalformedWit | MalformedComponent> {
  const kind = readPreamble(module)
  if ('error' in kind) return kind
  if (kind.ok === 'component') {
    const message = 'a component, which has its types already; a world is embedded in a core module'
    return error({ name: 'MalformedComponent', message, offset: 4 })
  }
  const bare = withoutSections(module, [worldSection, sectionName])
  if ('error' in bare) return bare
  const world = parseWit(wit, file)
  if ('error' in world) return world
  const encoded = witResult(wit, file, () => encodeWorld(world.ok))
  if ('error' in encoded) return encoded
  const made = joined([bare.ok, customSection(worldSection, encoded.ok), docsSection(world.ok)])
  const linked = linkModule(made)
  return 'error' in linked ? linked : { ok: made }
}

function docsSection({ docs }: WitWorld): Uint8Array {
  return docs.length === 0 ? new Uint8Array() : customSection(sectionName, docsContent(docs))
}
