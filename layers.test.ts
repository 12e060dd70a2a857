import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { expect, test } from 'vitest'

/** What each package may import of the others, directly; "may import" is transitive. The layers are the folders. */
const layers: Readonly<Record<string, readonly string[]>> = {
  ipld: [],
  varsig: ['ipld'],
  ucan: ['varsig'],
  wit: ['ipld'],
  wasm: ['wit'],
  workflow: ['ucan'],
  store: ['ucan'],
  runtime: ['workflow', 'store'],
  egress: ['ipld'],
  effects: ['runtime', 'egress'],
  events: ['runtime'],
  exchange: ['runtime'],
  network: ['ucan', 'egress'],
  service: ['runtime', 'network'],
  node: ['wasm', 'effects', 'events', 'exchange', 'service'],
  client: ['ucan', 'workflow', 'network'],
  author: ['wit', 'workflow'],
  cli: ['node', 'client', 'author'],
  web: ['node', 'client'],
  testing: ['web', 'cli'],
}

const root = import.meta.dirname
const packages = globSync('packages/*/package.json', { cwd: root }).map(path => path.split(sep)[1] ?? '')
const sources = packages.flatMap(name =>
  globSync(`packages/${name}/src/**/*.{ts,tsx}`, { cwd: root })
    .filter(path => !/\.test(-\w+)?\.tsx?$/.test(path))
    .map(path => ({ name, path, imports: importsOf(readFileSync(join(root, path), 'utf8')) })),
)

function importsOf(source: string): string[] {
  const statements = source.matchAll(/(?:\bfrom |\bimport |\bimport\()'([^'\s]+)'/g)
  return [...statements].map(([, specifier]) => specifier ?? '')
}

function reachable(name: string): Set<string> {
  const found = new Set<string>()
  for (const below of layers[name] ?? []) {
    found.add(below)
    for (const further of reachable(below)) found.add(further)
  }
  return found
}

test('every package is a layer of the design', () => {
  expect(packages.length).toBeGreaterThan(5)
  expect(packages.filter(name => !(name in layers))).toEqual([])
})

test('ARCHITECTURE.md says what each of them may import', () => {
  const table = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `(\w+)` +\|[^|]+\|([^|]*)\|$/gm)
  const told = [...table].map(([, name = '', below = '']) => [name, below.trim().split(', ').filter(Boolean).sort()])
  const are = packages.map(name => [name, (layers[name] ?? []).filter(below => packages.includes(below)).sort()])
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(are))
})

test('imports of other packages point down only', () => {
  const upward = sources.flatMap(({ name, path, imports }) =>
    imports
      .filter(specifier => specifier.startsWith('@ipvm/'))
      .map(specifier => specifier.split('/')[1] ?? '')
      .filter(target => target !== name && !reachable(name).has(target))
      .map(target => `${path} imports ${target}`),
  )
  expect(upward).toEqual([])
})

test('what a package imports of others is in its package.json, and nothing more', () => {
  const problems = packages.flatMap(name => {
    const manifest = JSON.parse(readFileSync(join(root, `packages/${name}/package.json`), 'utf8'))
    const { dependencies = {}, optionalDependencies = {} } = manifest
    const used = new Set(
      sources
        .filter(source => source.name === name)
        .flatMap(({ imports }) => imports)
        .filter(specifier => !/^(node:|[.#])/.test(specifier))
        .map(specifier =>
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
    )
    const undeclared = [...used]
      .filter(dependency => !(dependency in dependencies || dependency in optionalDependencies))
      .map(d => `${name} lacks ${d}`)
    const unused = Object.keys(dependencies)
      .filter(dependency => !used.has(dependency))
      .map(d => `${name} has ${d}`)
    return [...undeclared, ...unused]
  })
  expect(problems).toEqual([])
})

test('files import each other inside a package only, and no cycle runs through them', () => {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(specifier => specifier.startsWith('.')).map(specifier => join(dirname(path), specifier)),
    ]),
  )
  const outside = [...graph].flatMap(([path, targets]) =>
    targets
      .filter(target => relative(path.split(sep).slice(0, 2).join(sep), target).startsWith('..'))
      .map(t => `${path} → ${t}`),
  )
  expect(outside).toEqual([])
  const missing = [...graph].flatMap(([path, targets]) =>
    targets.filter(target => !existsSync(join(root, target))).map(t => `${path} → ${t}`),
  )
  expect(missing).toEqual([])
  expect(cycleIn(graph)).toEqual([])
})

function cycleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    for (const target of graph.get(path) ?? []) {
      const cycle = visit(target, [...trail, path])
      if (cycle.length > 0) return cycle
    }
    done.add(path)
    return []
  }
  for (const path of graph.keys()) {
    const cycle = visit(path, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
