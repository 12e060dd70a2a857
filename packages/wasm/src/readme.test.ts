import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { bytesOf } from './guests.test-fixture.ts'
import * as wasm from './index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README prints what it says', async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const [, claimed] = /^\/\/ (.*)$/m.exec(code) ?? []
  const printed: string[] = []
  const given = {
    ...wasm,
    readFile: async (path: string) => bytesOf(path.replace('.wasm', '')),
    console: { log: (...values: unknown[]) => printed.push(values.map(value => inspect(value)).join(' ')) },
  }
  const body = code.replaceAll(/^import .*$/gm, '')
  await new Function(...Object.keys(given), `return (async () => { ${body} })()`)(...Object.values(given))
  expect(printed).toEqual([claimed])
})
