import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exampleFolder, type ExampleNode } from '../example.test-fixture.ts'

const at = exampleFolder('fallback', 'http://127.0.0.1:8378')
afterAll(at.remove)
const timeout = 60_000
const built = join(at.folder, 'remedy.wasm')

beforeAll(async () => {
  await at.node('builder').ipvm('build', 'examples/fallback/remedy.ts', '-o', built)
  expect(existsSync(built)).toBe(true)
}, timeout)

/** A forecast with these providers down; how it went, what was kept, and whom one asked. */
async function forecast(...down: string[]) {
  const providers = await at.server('providers.ts', '0', ...down)
  const node: ExampleNode = at.node(`without-${down.join('-')}`, providers.url)
  const urls = [`${providers.url}/first`, `${providers.url}/second`]
  const ran = await node.ipvm('run', 'examples/fallback/forecast.ts', ...urls, built)
  const shown = await node.ipvm('show', 'last')
  return { ...ran, shown: shown.out, asked: providers.said().match(/\w+(?= was asked)/g) }
}

test('where the first answers, the second is never asked', { timeout }, async () => {
  const { code, asked, shown } = await forecast()
  expect({ code, asked }).toEqual({ code: 0, asked: ['first'] })
  expect(shown).toMatch(/second +skipped/)
})

test('where it does not, the answer of the second stands in its place', { timeout }, async () => {
  const { code, asked, shown, err } = await forecast('first')
  expect({ code, asked, err }).toMatchObject({ code: 0, asked: ['first', 'first', 'first', 'second'] })
  expect(shown).toMatch(/first caught/)
  expect(shown).toMatch(/keep ran/)
})

test('where neither answers, nothing was kept', { timeout }, async () => {
  const { code, err, shown } = await forecast('first', 'second')
  expect(code).toBe(1)
  expect(err).toContain('neither has a forecast')
  expect(shown).toMatch(/keep withdrawn/)
})
