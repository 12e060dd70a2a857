import type { Labelled, NamedShape, WorldShape } from './shape.ts'
import { needsPackage } from './text.ts'

/**
 * The author's comments as a custom section of a component, `package-docs`, as the tools of the Component Model write it:
 * a byte for the version, then JSON. Undefined where there are no comments.
 */
export function packageDocs(world: WorldShape): Uint8Array | undefined {
  const funcs = documented(world.functions.map(fn => [fn.label, fn.docs]))
  const types = documented(world.types.map(type => [type.label, typeDocs(type)]))
  if (!funcs && !types) return undefined
  const isApart = needsPackage(world)
  const content = {
    worlds: { root: { ...(!isApart && types && { types }), ...(funcs && { funcs }) } },
    ...(isApart && types && { interfaces: { types: { types } } }),
  }
  return new TextEncoder().encode(`\u0001${JSON.stringify(content)}`)
}

function typeDocs(type: NamedShape): object | '' {
  const parts: readonly Labelled[] = type.kind === 'record' ? type.fields : type.cases
  const items = documented(parts.map(part => [part.label, part.docs]))
  if (type.docs === '' && !items) return ''
  return { ...(type.docs !== '' && { docs: type.docs }), ...(items && { items }) }
}

/** Those of the entries that say something; undefined where none does. */
function documented(
  entries: readonly (readonly [string, string | object])[],
): Readonly<Record<string, string | object>> | undefined {
  const said = entries.filter(([, docs]) => docs !== '')
  return said.length > 0 ? Object.fromEntries(said) : undefined
}
