import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { place, root } from './ipvm.test-fixture.ts'

const at = place()
afterAll(() => at.remove())
const timeout = 60_000
const hook = pathToFileURL(join(import.meta.dirname, 'loaded.test-fixture.ts')).href

/** What a command loads: the folders of packages, each with how many modules. */
async function loadedBy(...args: string[]): Promise<ReadonlyMap<string, number>> {
  const path = join(at.folder, `loaded-${args.join('-').replace(/\W/g, '-')}`)
  await at.ipvm('alice', args, { NODE_OPTIONS: `--import=${hook}`, IPVM_TEST_LOADED: path })
  const counts = new Map<string, number>()
  for (const url of readFileSync(path, 'utf8').split('\n')) {
    const name = /packages\/(\w+)\/src|node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.slice(1).find(Boolean)
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

test('what merely opens the store loads nothing by which a node deals with others', { timeout }, async () => {
  await at.ipvm('alice', ['run', join(root, 'guests/add/add.wasm'), 'add-one', '1'])
  const looks = ['ps', 'show last', 'logs last', 'peers'].map(async line => {
    const loaded = await loadedBy(...line.split(' '))
    expect(loaded.get('store'), line).toBeGreaterThan(10)
    // The list of peers, and limits that settings are checked by.
    expect(loaded.get('service') ?? 0, line).toBeLessThan(12)
    expect(loaded.get('network') ?? 0, line).toBeLessThan(3)
    expect([...loaded.keys()].filter(name => /hono|libp2p/.test(name))).toEqual([])
  })
  await Promise.all(looks)
})

test('compiled code is kept for the next command', { timeout }, async () => {
  const folder = join(at.folder, 'tmp')
  mkdirSync(folder)
  const env = { TMPDIR: folder, NODE_COMPILE_CACHE: undefined, NODE_DISABLE_COMPILE_CACHE: undefined }
  await at.ipvm('alice', ['ps'], env)
  const cache = join(folder, 'node-compile-cache')
  expect(existsSync(cache)).toBe(true)
  expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(100)
})
