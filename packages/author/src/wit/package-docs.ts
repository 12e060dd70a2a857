import type { Labelled, WorldShape } from './shape.ts'

interface Docs {
  readonly docs?: string
}

/**
 * The author's comments as a custom section of a component, `package-docs`, as the tools of the Component Model write it:
 * a byte for the version, then JSON. Undefined where there are no comments.
 */
export function packageDocs({ functions, types }: WorldShape): Uint8Array | undefined {
  const funcs = documented(functions.map(fn => [fn.label, docsOf(fn)]))
  const named = documented(
    types.map(type => {
      const items = documented(
        (type.kind === 'record' ? type.fields : type.cases).map(part => [part.label, docsOf(part)]),
      )
      return [type.label, { ...docsOf(type), ...(items && { items }) }]
    }),
  )
  if (!funcs && !named) return undefined
  const world = { ...(named && { types: named }), ...(funcs && { funcs }) }
  return new TextEncoder().encode(`\u0001${JSON.stringify({ worlds: { root: world } })}`)
}

function docsOf({ docs }: Pick<Labelled, 'docs'>): Docs {
  return docs === '' ? {} : { docs }
}

/** Those of the entries that say something; undefined where none does. */
function documented(entries: readonly (readonly [string, object])[]): Readonly<Record<string, object>> | undefined {
  const said = entries.filter(([, entry]) => Object.keys(entry).length > 0)
  return said.length > 0 ? Object.fromEntries(said) : undefined
}
