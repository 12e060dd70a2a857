import { createHmac } from 'node:crypto'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Value } from '@ipvm/ipld'
import { bobsNode, event, good, json, storedWorkflow, tell, triggerOf, until } from './node.test-fixture.ts'
import { attemptsMax, depthMax } from './limits.ts'

let bob: Awaited<ReturnType<typeof bobsNode>>
const secrets = { key: 'whsec_c2VjcmV0' }

beforeEach(async () => {
  bob = await bobsNode(undefined, { secrets })
})
afterEach(() => bob.end())

/** The same node in a new process, so to speak. */
async function again() {
  await bob.close()
  const { seen } = bob
  bob = await bobsNode(bob.home.folder, { secrets })
  return seen
}

async function on(name: string, source: object, tasks: { [label: string]: Value }, more: object = {}) {
  const workflow = await storedWorkflow(bob.node, tasks)
  const trigger = triggerOf({ name, workflow, source, ...more })
  good(await bob.node.events.add(trigger))
  await until(() => bob.node.events.active(name) !== undefined)
  return trigger
}

function signed(id: string, value: unknown) {
  const body = JSON.stringify(value)
  const time = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', 'secret').update(`${id}.${time}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${signature}` }
  return { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } }
}

const webhook = { kind: 'webhook', scheme: 'standard', secret: 'key', tolerance: 300 }
const counts = async (name: string) => (await bob.node.events.list()).find(one => one.name === name)?.counts

test('a webhook is answered when it is written down, and runs once, however often it comes', async () => {
  await on('orders', webhook, { event: event(), post: tell })
  const first = await bob.ask('/hooks/orders', signed('a', { n: 1 }))
  expect([first.status, first.value]).toEqual([202, { accepted: 'a' }])
  await until(() => bob.seen.length === 1)
  for (const _ of [1, 2]) expect((await bob.ask('/hooks/orders', signed('a', { n: 2 }))).status).toBe(202)
  expect((await bob.ask('/hooks/orders', signed('b', { n: 3 }))).status).toBe(202)
  await until(() => bob.seen.length === 2)
  expect(bob.seen).toEqual([{ n: 1 }, { n: 3 }])
  expect(await counts('orders')).toEqual({ waiting: 0, delivered: 2, dead: 0 })
  expect(await bob.node.store.runs(9)).toHaveLength(2)
})

test('a webhook that nobody signed is not taken, and its secret is in no answer', async () => {
  await on('orders', webhook, { event: event(), post: tell })
  const forged = signed('a', 1)
  const unsigned = await bob.ask('/hooks/orders', { ...forged, body: '2' })
  expect(unsigned.status).toBe(401)
  expect(unsigned.text).not.toContain('c2VjcmV0')
  expect((await bob.ask('/hooks/orders', json(1))).status).toBe(401)
  expect((await bob.ask('/hooks/orders')).status).toBe(405)
  await on('unset', { ...webhook, secret: 'nobody' }, { event: event(), post: tell })
  expect((await bob.ask('/hooks/unset', signed('a', 1))).status).toBe(503)
  expect(await counts('orders')).toEqual({ waiting: 0, delivered: 0, dead: 0 })
})

test('one that was forgotten and comes again has another run, and does nothing twice', async () => {
  const { name } = await on('orders', webhook, { event: event(), post: tell })
  await bob.ask('/hooks/orders', signed('a', 1))
  await until(() => bob.seen.length === 1)
  good(await bob.node.events.drop(name, 'a'))
  await bob.ask('/hooks/orders', signed('a', 1))
  await until(async () => (await bob.node.store.runs(9)).filter(({ end }) => end === 'ok').length === 2)
  expect(bob.seen).toEqual([1])
})

test('a flood is bounded: what has no room is told to come again, and what was taken is delivered', async () => {
  const seen: number[] = []
  await on('orders', webhook, { event: event(), post: tell }, { waiting: 20, parallel: 1, perMinute: 600 })
  const all = await Promise.all(Array.from({ length: 200 }, (_, i) => bob.ask('/hooks/orders', signed(`${i}`, i))))
  for (const { status, headers } of all) {
    seen.push(status)
    if (status === 429) expect(headers.get('retry-after')).toBe('1')
  }
  const taken = seen.filter(status => status === 202).length
  expect(new Set(seen)).toEqual(new Set([202, 429]))
  expect(taken).toBeLessThan(60)
  await until(() => bob.seen.length === taken)
  expect(new Set(bob.seen).size).toBe(taken)
})

test('an event that cannot be delivered is dead in the end, said why, and brought again by a person', async () => {
  const missing = await storedWorkflow(bob.node, { event: event(), post: tell })
  const trigger = await on('orders', webhook, { event: event(), post: { cmd: '/test/post', args: { value: 1 } } })
  await bob.node.store.commit({
    triggers: [{ name: 'orders', trigger: (await bob.node.events.list())[0]?.cid ?? missing, workflow: missing }],
  })
  // Its only right is one that its tasks do not have.
  good(await bob.node.events.remove('orders'))
  good(await bob.node.events.add({ ...trigger, only: [{ cmd: '/event', pol: [] }], nonce: new Uint8Array([9]) }))
  await until(() => bob.node.events.active('orders')?.trigger.only !== undefined)
  const { store } = bob.node
  const cid = (await bob.node.events.list())[0]?.cid
  if (!cid) throw new Error('there is one')
  await bob.ask('/hooks/orders', signed('a', 1))
  await until(async () => (await store.inboxEvent({ trigger: cid, id: 'a' }))?.attempts === 1)
  // The pauses between are long; the last one is near.
  const waiting = await store.inboxEvent({ trigger: cid, id: 'a' })
  if (!waiting) throw new Error('it waits')
  const { number: _, due: __, ...known } = waiting
  await store.commit({ handled: [{ ...known, attempts: attemptsMax - 1 }] })
  bob.node.events.kick()
  await until(async () => (await counts('orders'))?.dead === 1)
  expect(good(await bob.node.events.dead('orders'))).toMatchObject([
    { id: 'a', attempts: attemptsMax, reason: expect.stringContaining('/test/post') },
  ])
  expect(bob.news).toContainEqual(expect.objectContaining({ type: 'dead', id: 'a' }))
  good(await bob.node.events.retry('orders', 'a'))
  await until(async () => (await store.inboxEvent({ trigger: cid, id: 'a' }))?.attempts === 1)
  expect(bob.seen).toEqual([])
  good(await bob.node.events.drop('orders', 'a'))
  expect(await bob.node.events.retry('orders', 'a')).toMatchObject({ error: { name: 'UnknownEvent' } })
})

test('an event whose run failed is dead, too; what failed in it is tried again, and nothing else', async () => {
  await on('orders', webhook, {
    event: event(),
    first: tell,
    second: { cmd: '/test/post', args: { value: 'refuse', after: { 'await/ok': 'first' } } },
  })
  await bob.ask('/hooks/orders', signed('a', 1))
  await until(async () => good(await bob.node.events.dead('orders')).length === 1)
  const [dead] = good(await bob.node.events.dead('orders'))
  expect(dead).toMatchObject({ id: 'a', reason: expect.stringContaining('failed') })
})

test('changes of values under a prefix are told once each, also those that came while nobody was there', async () => {
  const { store } = bob.node
  const put = (key: string, version: number, value?: number) =>
    store.commit({ kv: [{ key, version, ...(value !== undefined && { value: Uint8Array.of(value) }) }] })
  await put('prices/old', 1, 1)
  await on('prices', { kind: 'kv', prefix: 'prices/' }, { event: event(), post: tell })
  await put('prices/a', 1, 1)
  await put('other', 1, 9)
  await until(() => bob.seen.length === 1)
  await put('prices/a', 2)
  await until(() => bob.seen.length === 2)
  expect(bob.seen).toEqual([
    { key: 'prices/a', version: 1, value: 1 },
    { key: 'prices/a', version: 2, value: null },
  ])
  await bob.close()
  const { openSqliteStore } = await import('@ipvm/store/sqlite')
  const elsewhere = openSqliteStore(bob.home.store)
  await elsewhere.commit({ kv: [{ key: 'prices/b', version: 1, value: Uint8Array.of(2) }] })
  await elsewhere.close()
  bob = await bobsNode(bob.home.folder)
  await until(() => bob.seen.length === 1)
  expect(bob.seen).toEqual([{ key: 'prices/b', version: 1, value: 2 }])
})

test('what causes itself goes round a bounded number of times, and its last event is dead and says so', async () => {
  await on(
    'loop',
    { kind: 'kv', prefix: 'n' },
    {
      event: event('.data.version'),
      put: { cmd: '/kv/put', args: { key: 'n', value: { 'await/ok': 'event' } } },
    },
  )
  await bob.node.store.commit({ kv: [{ key: 'n', version: 1, value: Uint8Array.of(0) }] })
  await until(async () => (await counts('loop'))?.dead === 1)
  expect(await bob.node.store.runs(99)).toHaveLength(depthMax + 1)
  const [dead] = good(await bob.node.events.dead('loop'))
  expect(dead?.cause).toMatchObject({ name: 'TooDeep', message: expect.stringContaining('one by the other') })
  // From outside it may begin anew.
  const version = await bob.node.store.kvVersion('n')
  await bob.node.store.commit({ kv: [{ key: 'n', version: version + 1, value: Uint8Array.of(0) }] })
  await until(async () => (await counts('loop'))?.dead === 2)
})

test('receipts that match start a workflow; those of its own runs are bounded, too', async () => {
  await on(
    'big',
    { kind: 'receipt', cmd: '/test/post', outcome: 'ok', pol: [['>', '.', 1]] },
    { event: event('.data.ok'), put: { cmd: '/kv/put', args: { key: 'big', value: { 'await/ok': 'event' } } } },
  )
  await on(
    'all',
    { kind: 'receipt', cmd: '/kv/put' },
    {
      event: event('.id'),
      put: { cmd: '/kv/put', args: { key: 'all', value: { 'await/ok': 'event' } } },
    },
  )
  const draft = (value: string) => ({
    'ipvm/workflow@1': { name: 'w', tasks: { post: { cmd: '/test/post', args: { value } } } },
  })
  for (const value of ['a', 'b', 'refuse']) good(await bob.node.run(draft(value)))
  await until(async () => (await counts('all'))?.dead === 1)
  expect(await counts('big')).toEqual({ waiting: 0, delivered: 1, dead: 0 })
  expect((await bob.node.store.kv('big'))?.value).toEqual(Uint8Array.of(2))
})

test('files are told with their content once they are whole; a restart misses nothing and repeats nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-inbox-'))
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('old.txt', 'old')
  await on('inbox', { kind: 'file', path: folder, match: '*.txt' }, { event: event(), post: tell })
  await write('new.txt', 'ne')
  await mkdir(join(folder, 'below'))
  await write('below/deep.txt', 'deep')
  await write('other.png', 'other')
  // Still being written: only the end of it counts.
  await write('new.txt', 'new')
  await until(() => bob.seen.length === 2)
  const told = bob.seen as { path: string; file: Parameters<typeof bob.node.file>[0] }[]
  const texts = await Promise.all(
    told.map(async ({ file }) => new TextDecoder().decode(good(await bob.node.file(file)))),
  )
  expect(told.map(({ path }, i) => `${path}: ${texts[i]}`).sort()).toEqual(['below/deep.txt: deep', 'new.txt: new'])
  const before = await again()
  await bob.close()
  await write('while-away.txt', 'hello')
  await rm(join(folder, 'old.txt'))
  bob = await bobsNode(bob.home.folder)
  await until(() => bob.seen.length === 2)
  expect(before).toHaveLength(2)
  expect((bob.seen as { path: string }[]).map(({ path }) => path).sort()).toEqual(['old.txt', 'while-away.txt'])
  await utimes(join(folder, 'new.txt'), 5, 5)
  await until(() => bob.seen.length === 3)
  await rm(folder, { recursive: true })
})

test('a trigger of a name that is taken, and one that nobody has, are said to be', async () => {
  const trigger = await on('orders', webhook, { event: event(), post: tell })
  expect(await bob.node.events.add(trigger)).toMatchObject({ error: { name: 'NameTaken' } })
  expect(await bob.node.events.remove('nobody')).toMatchObject({ error: { name: 'UnknownTrigger' } })
  good(await bob.node.events.remove('orders'))
  await until(() => bob.node.events.active('orders') === undefined)
  expect((await bob.ask('/hooks/orders', signed('a', 1))).status).toBe(404)
  const run = await bob.node.run({ 'ipvm/workflow@1': { name: 'w', tasks: { event: event() } } })
  expect(good(run).tasks.get('event')?.receipt.out).toMatchObject({ error: { name: 'NoEvent' } })
})
