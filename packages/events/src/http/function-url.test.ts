import { createConnection } from 'node:net'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileBlocks, isMap } from '@ipvm/ipld'
import { bobsNode, event, good, http, json, storedWorkflow, tell, triggerOf, until } from '../node.test-fixture.ts'

let bob: Awaited<ReturnType<typeof bobsNode>>
const add = new URL('../../../../guests/add/add.wasm', import.meta.url)

beforeAll(async () => {
  bob = await bobsNode()
  const { root, blocks } = fileBlocks(await readFile(add))
  await bob.node.store.commit({ blocks })
  const addOne = { cmd: '/wasm/run', args: { mod: root, fun: 'add-one', params: [{ 'await/ok': 'n' }] } }
  const serve = async (name: string, tasks: Parameters<typeof storedWorkflow>[1], source: object = {}, more = {}) => {
    const workflow = await storedWorkflow(bob.node, tasks)
    good(await bob.node.events.add(triggerOf({ name, workflow, source: { ...http, ...source }, ...more })))
  }
  await serve('echo', { response: event() })
  await serve('add', { n: event('.data.body'), response: addOne })
  await serve('say', { response: event('.data.body') })
  await serve('tell', { event: event('.data.body'), response: tell })
  await serve('slow', { event: event('.data.body'), response: tell }, { wait: 1 })
  await serve('rare', { response: event('.id') }, {}, { perMinute: 1 })
  await until(() => bob.node.events.active('rare') !== undefined)
})

afterAll(() => bob.end())

test('a request comes in as data, and a value goes out as JSON', async () => {
  const asked = await bob.ask('/fn/echo/a/b?x=1&y=2&y=3', {
    ...json({ one: 1.5, list: [null, true] }, { 'x-color': 'blue', 'x-other': 'no' }),
  })
  expect(asked.status).toBe(200)
  expect(asked.headers.get('content-type')).toBe('application/json')
  expect(JSON.parse(asked.text)).toEqual({
    method: 'POST',
    path: '/a/b',
    query: { x: '1', y: '2,3' },
    headers: { 'x-color': 'blue' },
    body: { one: 1.5, list: [null, true] },
  })
  expect((await bob.ask('/fn/echo')).value).toMatchObject({ method: 'GET', path: '/', query: {}, body: null })
})

test('a function of pure tasks answers without a run, and leaves a receipt that is found by value', async () => {
  const before = await bob.node.store.feedEnd('receipts')
  for (const _ of [1, 2, 3]) expect((await bob.ask('/fn/add', json(41))).text).toBe('42')
  expect(await bob.node.store.runs(9)).toEqual([])
  expect(await bob.node.store.feedEnd('receipts')).toBe(before + 1)
  expect((await bob.ask('/fn/add', json('no number'))).status).toBe(502)
  expect(bob.news).toContainEqual({
    ...{ trigger: 'add', type: 'failed', id: expect.anything() },
    message: expect.stringContaining('params[0]'),
  })
})

test('a body is a value, text or bytes, by what it says that it is', async () => {
  const body = (type: string, content: string | Uint8Array<ArrayBuffer>) =>
    bob.ask('/fn/say', { method: 'POST', body: content, headers: { 'content-type': type } })
  expect((await body('text/plain', 'grün')).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect((await body('application/octet-stream', Uint8Array.of(1, 2))).headers.get('content-type')).toBe(
    'application/octet-stream',
  )
  expect((await body('application/vnd.x+json; charset=utf-8', '[1]')).text).toBe('[1]')
  expect((await body('application/json', '{"a": NaN}')).status).toBe(400)
  expect((await body('application/json', '{"a": 1, "a": 2}')).status).toBe(400)
  expect((await body('text/plain', Uint8Array.of(0xff))).status).toBe(400)
  expect((await body('application/octet-stream', new Uint8Array(1_048_577))).status).toBe(413)
})

test('what a stranger sends is no link: nothing of the store goes out by it', async () => {
  const kept = fileBlocks(new TextEncoder().encode('a private file'))
  await bob.node.store.commit({ blocks: kept.blocks })
  const link = { '/': kept.root.toString() }
  for (const sent of [link, { status: 200, body: link }]) {
    const asked = await bob.ask('/fn/say', json(sent))
    expect([asked.status, asked.text.includes('private')]).toEqual([200, false])
    expect(JSON.parse(asked.text)).toEqual(link)
  }
})

test('a body that nests deeper than an event may hold is refused', async () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const post = (depth: number) => bob.ask('/fn/tell', { ...json(null), body: nested(depth) })
  expect((await post(64)).status).toBe(200)
  for (const depth of [66, 126, 100_000]) expect((await post(depth)).status).toBe(400)
  bob.seen.splice(0)
})

test('a workflow says the status, the headers and the body; what would be two answers is refused', async () => {
  const answer = (value: unknown) => bob.ask('/fn/say', json(value))
  const created = await answer({
    status: 201,
    headers: { 'X-Made-By': 'Bob', 'content-type': 'text/css' },
    body: 'a{}',
  })
  expect([created.status, created.headers.get('x-made-by'), created.headers.get('content-type'), created.text]).toEqual(
    [...[201, 'Bob', 'text/css', 'a{}']],
  )
  expect((await answer({ status: 200, headers: [['x-a', 'b']], body: { is: 'json' } })).value).toEqual({ is: 'json' })
  expect((await answer({ status: 204, body: 'nothing' })).text).toBe('')
  expect((await answer({ status: 200, headers: { 'x-a': 'b\r\nset-cookie: c' } })).status).toBe(502)
  expect((await answer({ status: 200, headers: { 'content-length': '1' } })).status).toBe(502)
  expect((await answer({ status: 99, body: '' })).status).toBe(502)
  expect((await answer({ status: 200, more: 1 })).value).toEqual({ status: 200, more: 1 })
})

test('a function that touches the world has a run; who asks again with the same key gets the same one', async () => {
  const keyed = { 'idempotency-key': 'one' }
  const both = await Promise.all([bob.ask('/fn/tell', json('a', keyed)), bob.ask('/fn/tell', json('a', keyed))])
  const again = await bob.ask('/fn/tell', json('a', keyed))
  const runs = [...both, again].map(({ headers }) => headers.get('ipvm-run'))
  expect(new Set(runs).size).toBe(1)
  expect([...both, again].map(({ text }) => text)).toEqual([text(both), text(both), text(both)])
  expect(bob.seen).toEqual(['a'])
  // A stranger who guesses the key learns nothing, and nobody takes his request for done.
  const guessed = await Promise.all([
    bob.ask('/fn/tell', json('c', { 'idempotency-key': 'two' })),
    bob.ask('/fn/tell', json('d', { 'idempotency-key': 'two' })),
    bob.ask('/fn/tell', json('x', keyed)),
  ])
  expect(guessed.map(({ status }) => status).sort()).toEqual([200, 422, 422])
  expect(bob.seen.splice(1)).toHaveLength(1)
  expect((await bob.ask('/fn/tell', json('a', { 'idempotency-key': 'k'.repeat(300) }))).status).toBe(400)
  const other = await bob.ask('/fn/tell', json('b'))
  expect(bob.seen).toEqual(['a', 'b'])
  expect(runs).not.toContain(other.headers.get('ipvm-run'))
})

function text([first]: readonly { text: string }[]) {
  return first?.text
}

test('who waits too long is told where the answer will be', async () => {
  const asked = await bob.ask('/fn/slow', json('slow'))
  expect(asked.status).toBe(202)
  const location = asked.headers.get('location') ?? ''
  await until(async () => (await bob.ask(location)).status === 200)
  expect(await bob.ask(location.replace('slow', 'echo'))).toMatchObject({ status: 404 })
})

test('what went wrong is for the owner to see, and not for strangers', async () => {
  const failed = await bob.ask('/fn/tell', json('refuse'))
  expect(failed.status).toBe(502)
  expect(failed.text).not.toContain('not that')
  expect(failed.headers.get('ipvm-run')).toMatch(/^bafy/)
})

test('names, methods and rates that are not served are said to be', async () => {
  expect((await bob.ask('/fn/nobody')).status).toBe(404)
  expect((await bob.ask('/hooks/echo', json(1))).status).toBe(404)
  expect((await bob.ask('/elsewhere')).status).toBe(404)
  const put = await bob.ask('/fn/echo', { method: 'PUT' })
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST'])
  expect((await bob.ask('/fn/rare')).status).toBe(200)
  const rare = await bob.ask('/fn/rare')
  expect([rare.status, Number(rare.headers.get('retry-after')) > 30]).toEqual([429, true])
  expect((await bob.ask('/healthz')).value).toEqual({ ok: true })
  expect(isMap((await bob.ask(`/fn/echo?${'x'.repeat(9000)}`)).value ?? null)).toBe(true)
})

test('headers without end are cut off, and the node goes on', async () => {
  const port = Number(new URL(bob.server.url).port)
  const answered = await new Promise<string>(resolve => {
    let got = ''
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.write('GET /fn/echo HTTP/1.1\r\nHost: localhost\r\n')
      for (let i = 0; i < 1000; i++) socket.write(`x-${i}: ${'y'.repeat(100)}\r\n`)
    })
    socket.on('data', data => {
      got += data
    })
    socket.on('close', () => resolve(got)).on('error', () => {})
  })
  expect(answered).toContain('431')
  expect((await bob.ask('/healthz')).status).toBe(200)
})
