import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileBlocks } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { bobLets, bobsNode, good, type BobsNode } from '../bob.test-fixture.ts'
import { connect, memoryOutbox, type Client, type ConnectOptions, type OutboxNews } from '../index.ts'
import { folderOutbox } from './folder.ts'

/** However busy the machine is. */

const folder = mkdtempSync(join(tmpdir(), 'ipvm-outbox-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let at: BobsNode
const open: Client[] = []
beforeEach(async () => {
  at = await bobsNode()
})
afterEach(async () => {
  for (const client of open.splice(0)) client.close()
  await at.remove()
})

/** Alice's app, as after each of its starts; it knows Bob by his DID, and so needs him not to be there. */
async function alicesApp(options: ConnectOptions): Promise<{ node: Client; told: OutboxNews[] }> {
  const told: OutboxNews[] = []
  const onSettled = (news: OutboxNews) => void told.push(news)
  const proofs = [await bobLets('/')]
  const node = good(await connect(at.url, alice, { did: bob.did, proofs, onSettled, ...options }))
  open.push(node)
  return { node, told }
}

test('what was asked while the node was away is done once it is back, and told', async () => {
  await at.stop()
  const { node, told } = await alicesApp({ outbox: memoryOutbox() })
  const answer = node.call('/test/post', { text: 'hello' }, { note: 'letter 1' })
  await expect.poll(() => node.waiting).toBe(1)
  expect(told).toEqual([])
  await at.start()
  expect(good(await answer).out).toEqual({ ok: 1 })
  expect(told).toMatchObject([{ note: 'letter 1', result: { ok: { out: { ok: 1 } } } }])
  expect(node.waiting).toBe(0)
})

test('a process that ends before it could send leaves it to the next one: the same bytes, done once', async () => {
  const home = join(folder, 'restart')
  await at.stop()
  const first = await alicesApp({ outbox: folderOutbox(home) })
  void first.node.call('/test/post', { text: 'once' }, { note: { letter: 2 } })
  await expect.poll(() => readdirSync(home).length).toBe(1)
  const [name = ''] = readdirSync(home)
  first.node.close()
  await at.start()
  const second = await alicesApp({ outbox: folderOutbox(home) })
  await expect.poll(() => second.told).toHaveLength(1)
  const [news] = second.told
  expect(news).toMatchObject({ note: { letter: 2 }, result: { ok: { out: { ok: 1 } } } })
  expect(news && 'invocation' in news && `${news.invocation.envelope.cid}.request`).toBe(name)
  expect(at.posted).toEqual(['once'])
  await expect.poll(() => readdirSync(home)).toEqual([])
})

test('an answer that never came is asked for again, and nothing is done twice', async () => {
  const lost: string[] = []
  const losing: ConnectOptions['fetch'] = async (url, init) => {
    const response = await fetch(url, init)
    if (init.method !== 'POST' || lost.length > 0) return response
    // The node has done it; the answer is lost on the way.
    await response.arrayBuffer()
    lost.push(url)
    throw new TypeError('the connection was reset')
  }
  const { node, told } = await alicesApp({ outbox: memoryOutbox(), fetch: losing })
  expect(good(await node.call('/test/post', { text: 'twice?' })).out).toEqual({ ok: 1 })
  expect(lost).toHaveLength(1)
  expect(at.posted).toEqual(['twice?'])
  expect(told).toHaveLength(1)
})

test('a refusal ends it, and so does its time', async () => {
  const { node, told } = await alicesApp({ outbox: memoryOutbox(), proofs: [] })
  expect(await node.call('/test/post', { text: 'no' })).toMatchObject({ error: { name: 'Refused' } })
  await at.stop()
  expect(await node.call('/test/post', { text: 'late' }, { seconds: -120 })).toMatchObject({
    error: { name: 'Expired', sent: false },
  })
  expect(told.map(({ result }) => 'error' in result && result.error.name)).toEqual(['Refused', 'Expired'])
  expect(node.waiting).toBe(0)
})

test('who waits no longer leaves it in the outbox, which goes on', async () => {
  await at.stop()
  const { node, told } = await alicesApp({ outbox: memoryOutbox() })
  const patience = new AbortController()
  const answer = node.call('/test/post', { text: 'later' }, { signal: patience.signal })
  await expect.poll(() => node.waiting).toBe(1)
  patience.abort()
  expect(await answer).toMatchObject({ error: { name: 'Aborted' } })
  expect(node.waiting).toBe(1)
  await at.start()
  await expect.poll(() => told).toMatchObject([{ result: { ok: { out: { ok: 1 } } } }])
})

test('a page between us and the node that asks to log in is no answer of the node', async () => {
  let isCaptive = true
  const hotel: ConnectOptions['fetch'] = async (url, init) => {
    if (isCaptive && init.method === 'POST') return new Response('<html>Welcome</html>', { status: 403 })
    return fetch(url, init)
  }
  const { node } = await alicesApp({ outbox: memoryOutbox(), fetch: hotel })
  const answer = node.call('/test/post', { text: 'from the hotel' })
  await new Promise(resolve => setTimeout(resolve, 50))
  isCaptive = false
  expect(good(await answer).out).toEqual({ ok: 1 })
})

test('a whole workflow waits with its files, and one that cannot be read is left where it is', async () => {
  const outbox = memoryOutbox()
  await outbox.put('bafyother', Uint8Array.of(0xff))
  await at.stop()
  const { node } = await alicesApp({ outbox })
  const draft = {
    'ipvm/workflow@1': { tasks: { one: { cmd: '/test/post', args: { text: 'hi' }, nonce: Uint8Array.of(1) } } },
  }
  const ran = node.run(draft)
  await expect.poll(() => node.waiting).toBe(1)
  await at.start()
  expect(good(await ran).end).toBe('ok')
  expect((await outbox.entries()).map(([id]) => id)).toEqual(['bafyother'])
})

test('a file waits for the node, over a restart, and what is asked for waits for the file', async () => {
  const home = join(folder, 'files')
  await at.stop()
  const first = await alicesApp({ outbox: folderOutbox(home) })
  const bytes = new Uint8Array(randomBytes(600_000))
  const { root } = fileBlocks(bytes)
  void first.node.put(bytes)
  void first.node.call('/test/read', { file: root })
  await expect.poll(() => readdirSync(home).filter(name => name.endsWith('.request')).length).toBe(2)
  first.node.close()
  await at.start()
  const second = await alicesApp({ outbox: folderOutbox(home) })
  await expect.poll(() => second.told).toHaveLength(2)
  const [brought, read] = second.told
  expect(brought).toMatchObject({ file: root, result: { ok: root } })
  expect(read).toMatchObject({ result: { ok: { out: { ok: bytes.length } } } })
  expect(second.node.waiting).toBe(0)
})

test('a page between us and the node that says yes to everything has no file', async () => {
  let isCaptive = true
  const hotel: ConnectOptions['fetch'] = async (url, init) =>
    isCaptive && init.method !== 'GET' ? new Response('<html>Welcome</html>') : fetch(url, init)
  const { node } = await alicesApp({ outbox: memoryOutbox(), fetch: hotel })
  const bytes = new Uint8Array(randomBytes(1000))
  const put = node.put(bytes)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(node.waiting).toBe(1)
  isCaptive = false
  expect(good(await put).equals(fileBlocks(bytes).root)).toBe(true)
  expect(good(await at.node().file(fileBlocks(bytes).root))).toEqual(bytes)
})

test('a file that may not be brought is refused, and told', async () => {
  const { node, told } = await alicesApp({ outbox: memoryOutbox(), proofs: [] })
  expect(await node.put(Uint8Array.of(1))).toMatchObject({ error: { name: 'Refused' } })
  expect(told).toMatchObject([{ file: expect.anything(), result: { error: { name: 'Refused' } } }])
  expect(node.waiting).toBe(0)
})
