/** What authors wrote about a module: comments by what they are about. */
export interface Docs {
  /**
   * The comment of a function or type, or of a field, case or name in a type.
   *
   * @param owner the interface, as `ipvm:ops/math@0.1.0`; '' for the world itself
   * @param item the field, case or name
   */
  of(about: About): string | undefined
}

/** What a comment is about. */
export interface About {
  readonly owner: string
  readonly kind: 'function' | 'type'
  readonly name: string
  readonly item?: string
}

/** One comment. */
export interface Doc extends About {
  readonly text: string
}

/** No comments at all. */
export const noDocs: Docs = { of: () => undefined }

/** Comments as they were collected; the first about a thing counts. */
export function docsOf(list: readonly Doc[]): Docs {
  const byKey = new Map<string, string>()
  for (const doc of list) if (!byKey.has(keyOf(doc))) byKey.set(keyOf(doc), doc.text)
  return { of: about => byKey.get(keyOf(about)) }
}

function keyOf({ owner, kind, name, item }: About): string {
  return JSON.stringify([owner === '' ? '' : shortOwner(owner), kind, name, item ?? null])
}

/** The section names interfaces of its package by their last part. */
function shortOwner(owner: string): string {
  const [path = ''] = owner.split('@')
  return path.slice(path.indexOf('/') + 1)
}
