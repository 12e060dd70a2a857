import { readFileSync } from 'node:fs'
import { alice } from '@ipvm/testing'
import { workflow } from '@ipvm/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bobLets, bobsNode, type BobsNode } from './bob.test-fixture.ts'
import { connect, orThrow } from './index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
let at: BobsNode
beforeAll(async () => {
  at = await bobsNode()
})
afterAll(() => at.remove())

test('the example of the README prints what it says', async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const body = code.replace(/^import .*$/gm, '')
  const claimed = [...code.matchAll(/^\/\/ (\S+ (?:one|two|ok|true)|hello)$/gm)].map(([, line]) => line)
  const printed: string[] = []
  const given = {
    ...{ connect, orThrow, workflow, url: at.url, signer: alice, proofs: [await bobLets('/')] },
    add: readFileSync(new URL('../../../guests/add/add.wasm', import.meta.url)),
    console: { log: (...words: unknown[]) => printed.push(words.join(' ')) },
  }
  await new Function(...Object.keys(given), `return (async () => { ${body} })()`)(...Object.values(given))
  expect(claimed).toHaveLength(5)
  expect(printed).toEqual(claimed)
})
