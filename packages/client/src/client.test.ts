import { readFileSync } from 'node:fs'
import { fileBlocks } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { workflow } from '@ipvm/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bobLets, bobsNode, good, type BobsNode } from './bob.test-fixture.ts'
import { connect, type RunNews } from './index.ts'

const add = readFileSync(new URL('../../../guests/add/add.wasm', import.meta.url))
let at: BobsNode
beforeAll(async () => {
  at = await bobsNode()
})
afterAll(() => at.remove())

async function aliceConnects(options = {}) {
  return good(await connect(at.url, alice, { proofs: [await bobLets('/')], ...options }))
}

test('Alice meets Bob, has a function done, and gets his receipt of it', async () => {
  const node = await aliceConnects()
  expect(node.did).toBe(bob.did)
  const receipt = good(await node.call('/wasm/run', { mod: add, fun: 'add-one', params: [41] }))
  expect(receipt.iss).toBe(bob.did)
  expect(good(await node.value(receipt))).toBe(42)
})

test('a workflow runs with its module, is told of, and ends with every receipt', async () => {
  const node = await aliceConnects()
  const draft = workflow('twice', ({ task }) => {
    const one = task('one', { mod: add, fun: 'add-one', params: [1] })
    task('two', { mod: add, fun: 'add-one', params: [one] })
  })
  const news: RunNews[] = []
  const ran = good(await node.run(draft, { onEvent: one => void news.push(one) }))
  expect(ran.end).toBe('ok')
  expect([...ran.tasks.keys()]).toEqual(['one', 'two'])
  const [, two] = ran.tasks.values()
  expect(two && good(await node.value(two))).toBe(3)
  expect(
    news.filter(({ event }) => event === 'settled').map(({ data, receipt }) => [data.label, receipt?.out]),
  ).toEqual([
    ['one', { ok: 2 }],
    ['two', { ok: 3 }],
  ])
  expect(news.at(-1)).toMatchObject({ event: 'ended', data: { end: 'ok' } })
})

test('who may nothing is told so, and by which command', async () => {
  const node = good(await connect(at.url, carol))
  expect(await node.call('/wasm/run', { mod: add, fun: 'add-one', params: [1] })).toMatchObject({
    error: { name: 'Refused', reason: { name: expect.any(String) } },
  })
})

test('files go there once, and come back verified', async () => {
  const node = await aliceConnects()
  const bytes = crypto.getRandomValues(new Uint8Array(60_000))
  const big = new Uint8Array(3_000_000).map((_, i) => bytes[i % 60_000] ?? 0)
  const cid = good(await node.put(big))
  expect(cid.equals(fileBlocks(big).root)).toBe(true)
  expect(good(await node.get(cid))).toEqual(big)
  const before = at.asked.length
  good(await node.put(big))
  expect(at.asked.slice(before).some(line => line.startsWith('PUT'))).toBe(false)
})
