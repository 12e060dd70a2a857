import { readFileSync } from 'node:fs'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import * as ucan from './index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README prints what it says', async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const body = code.replace(/^import .*$/m, '')
  const [, claimed] = /^\/\/ (MatchError.*)$/m.exec(code) ?? []
  const printed: string[] = []
  const now = 1_767_225_600
  const given = {
    ...ucan,
    alice,
    bob,
    now,
    exp: now + 60,
    nonce: new Uint8Array(12),
    console: { error: (line: string) => printed.push(line) },
  }
  await new Function(...Object.keys(given), `return (async () => { ${body} })()`)(...Object.values(given))
  const lines = printed.join('\n').split('\n')
  expect(lines).toHaveLength(5)
  expect(lines.at(-1)).toBe(claimed)
})
