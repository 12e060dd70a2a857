import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { CID, type ValueMap } from '@ipvm/ipld'
import { httpServer, rawServer } from '@ipvm/testing/outside'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsNode, closedLater } from '../outside.test-fixture.ts'

interface Seen {
  readonly method: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A server that answers by what it saw so far. */
async function serving(answer: (seen: Seen[], response: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = await httpServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    seen.push({ method: request.method, headers: request.headers, body })
    answer(seen, response)
  })
  return { ...closedLater(server), seen }
}

/** Cuts the connection after the request has come, so often; then it answers well. */
async function cutting(times: number) {
  const keys: unknown[] = []
  const server = await httpServer((request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length <= times) request.socket.destroy()
    else response.end('well')
  })
  return { ...closedLater(server), keys }
}

const loopback = { allow: ['http://127.0.0.1:*/*'] }
const everything = { '/http': loopback, '/http/post': loopback }
const body = { as: 'text', give: 'body' } as const

test('an answer is a value: as a whole, or its body as bytes, text or JSON', async () => {
  const server = await serving((_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-a': 'b' }).end('{"a":[1,1.0,2.5],"/":"bafy"}')
  })
  const { task } = bobsNode(everything)
  const get = async (more: ValueMap) => (await task('/http/get', { url: server.url, ...more })).out
  expect(await get({ as: 'text' })).toMatchObject({
    ok: { status: 200, url: server.url, headers: { 'x-a': 'b' }, body: '{"a":[1,1.0,2.5],"/":"bafy"}' },
  })
  expect(await get({ give: 'body' })).toEqual({ ok: new TextEncoder().encode('{"a":[1,1.0,2.5],"/":"bafy"}') })
  expect(await get({ as: 'json', give: 'body' })).toEqual({ ok: { a: [1, expect.anything(), 2.5], '/': 'bafy' } })
  expect((await task('/http/head', { url: server.url })).out).toMatchObject({
    ok: { status: 200, body: new Uint8Array() },
  })
})

test('text is read in the encoding that its type says', async () => {
  const server = await serving((_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=ISO-8859-1' }).end(Buffer.from([0x67, 0xfc, 0x6e]))
  })
  expect((await bobsNode(everything).task('/http/get', { url: server.url, ...body })).out).toEqual({ ok: 'gün' })
})

test('NaN and other things that JSON is not are told as such, and nothing of them is sent', async () => {
  const server = await serving((_seen, response) => response.end('{"a":NaN}'))
  const { task } = bobsNode(everything)
  expect((await task('/http/get', { url: server.url, as: 'json' })).out).toMatchObject({
    error: { name: 'MalformedAnswer' },
  })
  expect(server.seen).toHaveLength(1)
  for (const json of [{ a: [new Uint8Array(3)] }, { a: { b: CID.parse('bafkqaaa') } }]) {
    expect((await task('/http/put', { url: server.url, json })).out).toMatchObject({ error: { name: 'NotJson' } })
  }
  expect(server.seen).toHaveLength(1)
})

test('a large body is kept as a file, and a bomb is not kept at all', async () => {
  const large = new Uint8Array(3_000_000).fill(7)
  const server = await serving((_seen, response) => response.end(large))
  const { task, store } = bobsNode(everything)
  const { out } = await task('/http/get', { url: server.url, give: 'body' })
  const link = out && 'ok' in out ? out.ok : undefined
  expect(link).toBeInstanceOf(CID)
  expect(link instanceof CID && (await store.block(link))).toBeInstanceOf(Uint8Array)
  const whole = (await task('/http/get', { url: server.url })).out
  expect(whole).toMatchObject({ ok: { status: 200, body: link } })
  expect((await task('/http/get', { url: server.url, bytesMax: 1000 })).out).toMatchObject({
    error: { name: 'ResponseTooLarge', status: 200 },
  })
  const packed = gzipSync(new Uint8Array(30_000_000))
  const bomb = await serving((_seen, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed))
  expect((await task('/http/get', { url: bomb.url })).out).toMatchObject({ error: { name: 'ResponseTooLarge' } })
  expect(bomb.seen).toHaveLength(1)
})

test('what a task sends is what arrives', async () => {
  const server = await serving((_seen, response) => response.writeHead(201).end('made'))
  const { task } = bobsNode(everything)
  const url = server.url
  await task('/http/post', { url, json: { n: 1, big: 2n ** 60n }, headers: { Authorization: 'Bearer k' } })
  await task('/http/put', { url, body: 'text', headers: { 'Content-Type': 'text/csv' } })
  await task('/http/delete', { url })
  expect(server.seen).toMatchObject([
    { method: 'POST', body: '{"n":1,"big":1152921504606846976}' },
    { method: 'PUT', body: 'text' },
    { method: 'DELETE', body: '' },
  ])
  expect(server.seen[0]?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer k' })
  expect(server.seen[1]?.headers).toMatchObject({ 'content-type': 'text/csv', 'content-length': '4' })
  const keys = server.seen.map(({ headers }) => headers['idempotency-key'])
  expect(keys.every(key => typeof key === 'string' && /^[\da-f]{64}$/.test(key))).toBe(true)
  expect(new Set(keys).size).toBe(3)
})

test('a query is asked again where that may help, and its failure says what was answered', async () => {
  const { task, world } = bobsNode(everything)
  const moody = await serving((seen, response) => response.writeHead(seen.length < 3 ? 503 : 200).end('at last'))
  expect((await task('/http/get', { url: moody.url, ...body })).out).toEqual({ ok: 'at last' })
  const gone = await serving((_seen, response) => response.writeHead(404).end('no such page'))
  expect((await task('/http/get', { url: gone.url, as: 'text' })).out).toMatchObject({
    error: { name: 'HttpStatus', status: 404, value: { status: 404, body: 'no such page' } },
  })
  expect((await task('/http/get', { url: gone.url, ok: 'any', ...body })).out).toEqual({ ok: 'no such page' })
  expect((await task('/http/get', { url: gone.url, ok: [404], ...body })).out).toEqual({ ok: 'no such page' })
  expect(gone.seen).toHaveLength(3)
  const date = new Date(world.date() + 40).toUTCString()
  const asking = await serving((seen, response) => {
    response.writeHead(seen.length === 1 ? 429 : 200, { 'retry-after': seen.length === 1 ? '0' : date }).end('well')
  })
  expect((await task('/http/get', { url: asking.url, ...body })).out).toEqual({ ok: 'well' })
})

test('a pause that the server asks for is kept', async () => {
  const server = await serving((_seen, response) => response.writeHead(429, { 'retry-after': '3000' }).end())
  const { submit, runtime, world } = bobsNode(everything)
  const one = workflow('one', ({ task }) => void task('it', { cmd: '/http/get', args: { url: server.url } }))
  const pause = Promise.withResolvers<number>()
  void submit(one, event => {
    if (event.type === 'retrying') pause.resolve(event.due - world.date())
  })
  expect(await pause.promise).toBe(3_000_000)
  await runtime.close()
  expect(server.seen).toHaveLength(1)
})

test('where the connection is lost, its class decides', async () => {
  const { task } = bobsNode(everything)
  const url = async (times: number) => (await cutting(times)).url
  expect((await task('/http/get', { url: await url(2), ...body })).out).toEqual({ ok: 'well' })
  const put = await cutting(2)
  expect((await task('/http/put', { url: put.url, body: 'x', ...body })).out).toEqual({ ok: 'well' })
  expect([put.keys.length, new Set(put.keys).size]).toEqual([3, 1])
  const post = await cutting(2)
  expect(await task('/http/post', { url: post.url, body: 'x' })).toMatchObject({
    end: 'unknown',
    unknown: { name: 'Cut' },
  })
  expect(post.keys).toHaveLength(1)
})

test('a post is sent again only where its server is known to honour the key', async () => {
  const shop = await cutting(2)
  const other = await cutting(2)
  const { task } = bobsNode({
    '/http/post': { allow: [{ url: `${shop.url}*`, honoursKey: true }, `${other.url}*`] },
  })
  expect((await task('/http/post', { url: shop.url, ...body })).out).toEqual({ ok: 'well' })
  expect([shop.keys.length, new Set(shop.keys).size]).toEqual([3, 1])
  expect((await task('/http/post', { url: other.url, ...body })).end).toBe('unknown')
  expect(other.keys).toHaveLength(1)
})

test('what was refused before it was sent was not done', async () => {
  const gone = await rawServer(() => {})
  await gone.close()
  const jewels = await serving((_seen, response) => response.end())
  const { task } = bobsNode({ '/http/post': { allow: ['http://127.0.0.1:*/public/*'] } }, { private: [gone.place] })
  const refused = await task('/http/post', { url: `${gone.url}public/x` })
  expect(refused).toMatchObject({ end: 'failed', out: { error: { name: 'Unreachable' } } })
  expect(await task('/http/post', { url: gone.url })).toMatchObject({ out: { error: { name: 'EgressRefused' } } })
  expect(await task('/http/post', { url: `${jewels.url}public/x` })).toMatchObject({
    out: { error: { name: 'EgressRefused' } },
  })
  expect(jewels.connections()).toBe(0)
})

test('what a server says of a post decides whether a person has to look', async () => {
  const { task } = bobsNode(everything)
  const ends: [number, string][] = []
  for (const status of [400, 404, 409, 429, 503, 500, 502, 504, 302, 501]) {
    const server = await serving((_seen, response) => response.writeHead(status).end())
    ends.push([status, (await task('/http/post', { url: server.url })).end])
    expect(server.seen).toHaveLength(1)
  }
  expect(ends.filter(([, end]) => end === 'unknown').map(([status]) => status)).toEqual([500, 502, 504])
  expect(ends.filter(([, end]) => end === 'failed').map(([status]) => status)).toEqual([
    400, 404, 409, 429, 503, 302, 501,
  ])
})

test('what was deleted by an attempt whose answer was lost is gone', async () => {
  const server = await httpServer((request, response) => {
    if (server.connections() === 1) request.socket.destroy()
    else response.writeHead(404).end()
  })
  const { task } = bobsNode(everything)
  expect((await task('/http/delete', { url: closedLater(server).url })).out).toMatchObject({ ok: { status: 404 } })
  const never = await serving((_seen, response) => response.writeHead(404).end())
  expect((await task('/http/delete', { url: never.url })).out).toMatchObject({ error: { name: 'HttpStatus' } })
})

test('a post that hangs ends in time, and is known to be unknown', async () => {
  const server = closedLater(await rawServer(() => {}))
  const { task } = bobsNode(everything)
  const hung = await task('/http/post', { url: server.url }, { time: [0.2, 'seconds'] })
  expect(hung).toMatchObject({ end: 'unknown', unknown: { name: 'TimedOut' } })
  expect(server.connections()).toBe(1)
})

test('arguments that could mean another thing than they say are refused before anything runs', async () => {
  const { task } = bobsNode(everything)
  for (const [cmd, args] of [
    ['/http/get', { url: 'http://2130706433/' }],
    ['/http/get', { url: 'https://user:secret@example.com/' }],
    ['/http/get', { url: 'https://example.com/', headers: { 'x-a': 'b\r\nx-admin: yes' } }],
    ['/http/get', { url: 'https://example.com/', headers: { host: 'other.test' } }],
    ['/http/get', { url: 'https://example.com/', body: 'x' }],
    ['/http/get', { url: 'https://example.com/', redirects: 21 }],
    ['/http/post', { url: 'https://example.com/', body: 'x', json: {} }],
    ['/http/post', { url: 'https://example.com/', headers: { 'idempotency-key': 'mine' } }],
    ['/http/post', { url: 'https://example.com/', ok: '3xx' }],
  ] as const) {
    expect([args, await task(cmd, args)]).toMatchObject([
      args,
      { end: 'refused', refused: { name: 'MalformedArguments' } },
    ])
  }
})
