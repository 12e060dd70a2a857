/**
 * How core modules spell the names of a world (Component Model § Build Targets). `standard` is what BuildTargets.md
 * specifies, with the prefix `cm32p2`; `legacy` is what tools wrote before, and still write.
 */
export interface Naming {
  readonly memory: string
  readonly realloc: string
  readonly initialize: string
  /** The core namespace of a world's import; `undefined` is the world itself. */
  readonly namespace: (name: string | undefined) => string
  /** The core export of a function, of an interface or of the world itself. */
  readonly exported: (owner: string | undefined, name: string) => string
  /** The core export that cleans up after another. */
  readonly postReturn: (core: string) => string
  /** The resource that a core import drops. */
  readonly dropped: (name: string) => string | undefined
}

const dropPrefix = '[resource-drop]'
const dropSuffix = '_drop'

/** As tools wrote before there was a standard. */
export const legacy: Naming = {
  memory: 'memory',
  realloc: 'cabi_realloc',
  initialize: '_initialize',
  namespace: name => name ?? '$root',
  exported: (owner, name) => (owner === undefined ? name : `${owner}#${name}`),
  postReturn: core => `cabi_post_${core}`,
  dropped: name => (name.startsWith(dropPrefix) ? name.slice(dropPrefix.length) : undefined),
}

/** The build target `wasm32`, phase 2. */
export const standard: Naming = {
  memory: 'cm32p2_memory',
  realloc: 'cm32p2_realloc',
  initialize: 'cm32p2_initialize',
  namespace: name => (name === undefined ? 'cm32p2' : `cm32p2|${withCompatibleVersion(name)}`),
  exported: (owner, name) => `cm32p2|${owner === undefined ? '' : withCompatibleVersion(owner)}|${name}`,
  postReturn: core => `${core}_post`,
  dropped: name => (name.endsWith(dropSuffix) ? name.slice(0, -dropSuffix.length) : undefined),
}

/** `a:b/c@1.2.3` as `a:b/c@1`, `@0.2.3` as `@0.2`; `@0.0.3` and pre-releases stay as they are. */
function withCompatibleVersion(name: string): string {
  const [, id, version] = /^([^@]*)@([^@]*)$/.exec(name) ?? []
  if (id === undefined || version === undefined) return name
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+(?:\+.*)?$/.exec(version) ?? []
  if (major === undefined || minor === undefined || (major === '0' && minor === '0')) return name
  return `${id}@${major === '0' ? `0.${minor}` : major}`
}
