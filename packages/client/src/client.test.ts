import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CID, fileBlocks } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { delegate, taskName, type Command, type Delegation } from '@ipvm/ucan'
import { workflow } from '@ipvm/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bobLets, bobsNode, good, type BobsNode } from './bob.test-fixture.ts'
import { connect, type ConnectOptions, type RunNews } from './index.ts'

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

test('a refusal says which statement of which proof was in the way', async () => {
  const pol = [['==', '.fun', 'blur']]
  const nonce = Uint8Array.of(1)
  const proof = await delegate({ aud: alice.did, sub: bob.did, cmd: '/wasm/run', pol, nonce, exp: null }, bob)
  const node = good(await connect(at.url, alice, { proofs: [proof] }))
  expect(await node.call('/wasm/run', { mod: add, fun: 'add-one', params: [1] })).toMatchObject({
    error: {
      name: 'Refused',
      reason: { name: 'MatchError', proof: 0, statement: expect.stringContaining('blur'), selector: '.fun' },
      message: expect.stringMatching(/proof.*fun.*blur/),
    },
  })
})

test('files go there once, and come back verified', async () => {
  const node = await aliceConnects()
  const big = new Uint8Array(randomBytes(3_000_000))
  const cid = good(await node.put(big))
  expect(cid.equals(fileBlocks(big).root)).toBe(true)
  expect(Buffer.compare(good(await node.get(cid)), big)).toBe(0)
  const before = at.asked.length
  good(await node.put(big))
  expect(at.asked.slice(before).some(line => line.startsWith('PUT'))).toBe(false)
})

test('a file whose connection is lost is brought once more, without what has arrived', async () => {
  const lost: string[] = []
  const losing: ConnectOptions['fetch'] = async (url, init) => {
    if (init.method !== 'PUT' || lost.length > 0) return fetch(url, init)
    lost.push(url)
    throw new TypeError('the connection was reset')
  }
  const node = good(await connect(at.url, alice, { proofs: [await bobLets('/')], fetch: losing }))
  const big = new Uint8Array(randomBytes(3_000_000))
  const { root, blocks } = fileBlocks(big)
  await at.node().store.commit({ blocks: blocks.slice(0, 1) })
  expect(good(await node.put(big)).equals(root)).toBe(true)
  expect(lost).toHaveLength(1)
  expect(Buffer.compare(good(await at.node().file(root)), big)).toBe(0)
})

test('a file that went there before is used by whoever brought it, or may read it', async () => {
  const image = readFileSync(new URL('../../../guests/image/image.wasm', import.meta.url))
  const file = new Uint8Array(randomBytes(300_000))
  const outOf = async (...commands: readonly Command[]) => {
    const proofs = await Promise.all(commands.map(cmd => bobLets(cmd)))
    const node = good(await connect(at.url, alice, { proofs }))
    const receipt = await node.call('/wasm/run', { mod: image, fun: 'blur', params: [file, 1] })
    return 'ok' in receipt ? receipt.ok.out : receipt.error
  }
  const noImage = { error: { name: expect.not.stringMatching('UnreadableInput') } }
  expect(await outOf('/wasm/run')).toMatchObject(noImage)
  expect(await outOf('/wasm/run', '/block/get')).toMatchObject(noImage)
  const proofs = [await bobLets('/wasm/run', {}, carol), await bobLets('/block/get', {}, carol)]
  const { root } = fileBlocks(file)
  const call = { mod: image, fun: 'blur', params: [root, 1] }
  const named = async (some: readonly Delegation[]) =>
    good(await connect(at.url, carol, { proofs: some })).call('/wasm/run', call)
  expect(await named(proofs.slice(0, 1))).toMatchObject({ error: { reason: { name: 'UnreadableInput' } } })
  expect(good(await named(proofs)).out).toMatchObject(noImage)
})

test('a receipt is had by the name of its task, also of what is under way', async () => {
  const node = await aliceConnects()
  const receipt = good(await node.call('/wasm/run', { mod: add, fun: 'add-one', params: [41] }))
  expect(good(await node.receipt(receipt.ran))?.cid.equals(receipt.cid)).toBe(true)
  const opened = Promise.withResolvers<void>()
  at.gate.open = opened.promise
  const nonce = Uint8Array.of(9)
  const asked = node.call('/test/wait', { text: 'soon' }, { nonce })
  const task = taskName({ sub: bob.did, cmd: '/test/wait', args: { text: 'soon' }, nonce })
  expect(good(await node.receipt(task))).toBeUndefined()
  const waited = node.receipt(task, { wait: 10_000 })
  opened.resolve()
  const { cid } = good(await asked)
  expect(good(await waited)?.cid.equals(cid)).toBe(true)
})

test('a large value is fetched, and is what its receipt says', async () => {
  const node = await aliceConnects()
  const text = 'large '.repeat(10_000)
  const receipt = good(await node.call('/test/wait', { text }))
  expect('ok' in receipt.out && receipt.out.ok).toBeInstanceOf(CID)
  expect(good(await node.value(receipt))).toBe(text)
})
