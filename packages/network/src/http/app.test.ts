import { randomBytes } from 'node:crypto'
import {
  blockOf,
  cidOf,
  codec,
  decodeCar,
  encodeCar,
  error,
  ok,
  rawBlock,
  type Block,
  type CID,
  type Value,
} from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import { delegate, invoke, issueReceipt, readContainer, writeContainer, type Invocation } from '@ipvm/ucan'
import { readDidDocument } from '@ipvm/varsig'
import { beforeEach, expect, test } from 'vitest'
import { limits } from '../index.ts'
import { realWorld, Shelf } from '../suite/harness.test-fixture.ts'
import { EventParser, type SseEvent } from './index.ts'
import { createApp, openApi, TopicHub, type NodePort, type RunEvent } from './server/index.ts'

const shelf = new Shelf()
const { root, blocks } = Shelf.withFile(2_500_000)
const document = blockOf({ hello: 'world', file: root })
const small = rawBlock(new TextEncoder().encode('0123456789'))
const receipt = await issueReceipt({ ran: document.cid, out: { ok: 42 }, profile: 'p', exp: null }, bob)
const events: RunEvent[] = [1, 2, 3].map(id => ({ id, event: 'settled', data: { label: `task ${id}` } }))

let asked: { cmd: string; invocation: Invocation | undefined }[] = []
let isPublic = true

const port: NodePort = {
  did: bob.did,
  handle: async ({ type, bytes }) =>
    ok({ type, bytes, pending: bytes[0] === 2 ? [{ kind: 'workflow', cid: root }] : [] }),
  authorise: async ({ cmd }, bearer) => {
    asked.push({ cmd, invocation: bearer?.invocation })
    if (isPublic || bearer?.invocation.iss === alice.did) return ok({ isPublic })
    return error({ name: 'Refused', message: 'show a proof', status: 401 })
  },
  block: cid => shelf.block(cid),
  put: async brought => {
    for await (const block of brought) await shelf.put([block])
    return ok({})
  },
  receipts: async task => (task.equals(receipt.ran) ? [receipt.bytes] : []),
  workflow: async (cid): Promise<Value | undefined> => (cid.equals(root) ? { tasks: 3, root } : undefined),
  events: async (cid, after) => (cid.equals(root) ? later(events.filter(({ id }) => id > after)) : undefined),
}

async function* later<T>(items: readonly T[]) {
  yield* items
}

const topics = new TopicHub({
  welcomes: () => true,
  mayHear: () => true,
  message: async () => 'accept',
  came: () => {},
  went: () => {},
  hello: async () => ({ event: 'hello', data: '' }),
})
const logged: unknown[] = []
const app = createApp({
  port,
  topics,
  world: realWorld,
  config: { origins: ['https://page.example'] },
  log: line => logged.push(line),
})
const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })

beforeEach(async () => {
  shelf.blocks.clear()
  await shelf.put([...blocks, document, small])
  asked = []
  isPublic = true
})

test('a body goes in and comes out, and what is not done yet says where it will be', async () => {
  const done = await app.request('/', { method: 'POST', body: Uint8Array.of(1) })
  expect([done.status, done.headers.get('content-type')]).toEqual([200, 'application/vnd.ipvm.container'])
  const pending = await app.request('/?wait=0.5', { method: 'POST', body: Uint8Array.of(2) })
  expect([pending.status, pending.headers.get('location')]).toEqual([202, `/workflows/${root}`])
  expect((await app.request('/?wait=long', { method: 'POST' })).status).toBe(400)
  expect((await app.request('/', { method: 'POST', headers: { 'content-length': '999999999' } })).status).toBe(413)
})

test('a block comes as it is, under a type that no browser runs', async () => {
  const raw = await get(`/ipfs/${document.cid}?format=raw`)
  expect(new Uint8Array(await raw.arrayBuffer())).toEqual(document.bytes)
  expect(Object.fromEntries(raw.headers)).toMatchObject({
    'content-type': 'application/vnd.ipld.raw',
    'cache-control': 'public, max-age=29030400, immutable',
    'content-length': `${document.bytes.length}`,
    etag: `"${document.cid}.raw"`,
    'x-content-type-options': 'nosniff',
  })
  const typed = await get(`/ipfs/${document.cid}`, { accept: 'text/html,application/*;q=0.9' })
  expect(typed.headers.get('content-type')).toBe('application/vnd.ipld.dag-cbor')
  expect((await get(`/ipfs/${document.cid}`, { accept: 'text/html' })).status).toBe(406)
  expect((await get(`/ipfs/${rawBlock(randomBytes(9)).cid}`)).status).toBe(404)
  expect((await get('/ipfs/nonsense')).status).toBe(400)
})

test('a CAR has all that a block links to, each once; or the block alone', async () => {
  const whole = await get(`/ipfs/${document.cid}`, { accept: 'application/vnd.ipld.car' })
  const car = decodeCar(new Uint8Array(await whole.arrayBuffer()))
  if ('error' in car) throw new Error(car.error.message)
  expect(car.ok.roots.map(String)).toEqual([`${document.cid}`])
  expect(car.ok.blocks.map(({ cid }) => `${cid}`).sort()).toEqual(
    [document, ...blocks].map(({ cid }) => `${cid}`).sort(),
  )
  const alone = decodeCar(
    new Uint8Array(await (await get(`/ipfs/${document.cid}?format=car&dag-scope=block`)).arrayBuffer()),
  )
  expect('ok' in alone && alone.ok.blocks.length).toBe(1)
  expect((await get(`/ipfs/${document.cid}?format=car&dag-scope=some`)).status).toBe(400)
})

test('a CAR of which a block is missing breaks off, and does not pass for whole', async () => {
  shelf.blocks.delete(`${blocks[1]?.cid}`)
  const response = await get(`/ipfs/${document.cid}?format=car`)
  await expect(response.arrayBuffer()).rejects.toThrow('not here')
})

test('a file comes whole or in part', async () => {
  const whole = new Uint8Array(await (await get(`/ipfs/${root}`)).arrayBuffer())
  expect(whole.length).toBe(2_500_000)
  for (const [range, first, last] of [
    ['bytes=0-0', 0, 0],
    ['bytes=1048570-1048580', 1048570, 1048580],
    ['bytes=2499990-', 2499990, 2499999],
    ['bytes=-5', 2499995, 2499999],
    ['bytes=5-99999999', 5, 2499999],
  ] as const) {
    const part = await get(`/ipfs/${root}`, { range })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${first}-${last}/2500000`])
    expect(Buffer.compare(Buffer.from(await part.arrayBuffer()), whole.subarray(first, last + 1))).toBe(0)
  }
  const beyond = await get(`/ipfs/${root}`, { range: 'bytes=2500000-' })
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */2500000'])
  for (const range of ['bytes=9-3', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b']) {
    expect((await get(`/ipfs/${root}`, { range })).status).toBe(200)
  }
  expect((await get(`/ipfs/${root}`, { range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200)
})

test('who has it already is not sent it again, and HEAD has no body', async () => {
  for (const path of [`/ipfs/${root}`, `/ipfs/${root}?format=raw`, `/ipfs/${document.cid}?format=car`]) {
    const head = await app.request(path, { method: 'HEAD' })
    expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0])
    const etag = head.headers.get('etag') ?? ''
    expect((await get(path, { 'if-none-match': `"x", ${etag}` })).status).toBe(304)
    expect((await get(path, { 'if-none-match': '"x"' })).status).toBe(200)
  }
  expect((await app.request(`/ipfs/${root}`, { method: 'HEAD' })).headers.get('content-length')).toBe('2500000')
})

const put = (cid: CID, body: Uint8Array, type = 'application/octet-stream') =>
  app.request(`/ipfs/${cid}`, { method: 'PUT', body: body.slice(), headers: { 'content-type': type } })

test('what is brought is kept where it is what its name says', async () => {
  const bytes = randomBytes(3_000_000)
  const file = Shelf.withFile(0)
  const { root: name } = await import('@ipvm/ipld').then(({ fileBlocks }) => fileBlocks(bytes))
  expect((await put(name, bytes)).status).toBe(201)
  expect(Buffer.compare(Buffer.from(await (await get(`/ipfs/${name}`)).arrayBuffer()), bytes)).toBe(0)
  const block = blockOf({ a: 1 })
  expect((await put(block.cid, block.bytes)).status).toBe(201)
  const car = encodeCar([file.root], file.blocks)
  expect((await put(file.root, car, 'application/vnd.ipld.car')).status).toBe(201)
})

test.each<[string, CID, Uint8Array, string, number]>([
  ['other bytes', small.cid, Uint8Array.of(1), 'application/octet-stream', 422],
  ['other bytes of a file', root, randomBytes(5000), 'application/octet-stream', 422],
  ['a CAR with another root', small.cid, encodeCar([root], []), 'application/vnd.ipld.car', 422],
  ['a CAR without its root', root, encodeCar([root], []), 'application/vnd.ipld.car', 422],
  [
    'a CAR that lies',
    root,
    encodeCar([root], [{ cid: root, bytes: Uint8Array.of(1) }]),
    'application/vnd.ipld.car',
    400,
  ],
  ['no CAR', root, Uint8Array.of(1, 2, 3), 'application/vnd.ipld.car', 400],
  ['a name of another hash', cidOf(codec.dagPb, Uint8Array.of()), Uint8Array.of(7), 'application/octet-stream', 422],
])('%s is refused, and nothing that was not verified is kept', async (_what, cid, body, type, status) => {
  expect((await put(cid, body, type)).status).toBe(status)
  for (const [name, bytes] of shelf.blocks) {
    const { parseCid, isNamedBy } = await import('@ipvm/ipld')
    const parsed = parseCid(name)
    expect('ok' in parsed && isNamedBy(parsed.ok, bytes)).toBe(true)
  }
})

test('receipts come as a container, workflows as DAG-JSON', async () => {
  const found = await get(`/receipts/${receipt.ran}`)
  expect(await readContainer(new Uint8Array(await found.arrayBuffer()))).toMatchObject({
    ok: { tokens: [receipt.bytes] },
  })
  expect((await get(`/receipts/${root}`)).status).toBe(404)
  expect(await (await get(`/workflows/${root}`)).json()).toEqual({ tasks: 3, root: { '/': `${root}` } })
  expect((await get(`/workflows/${small.cid}`)).status).toBe(404)
})

async function eventsOf(response: Response): Promise<readonly SseEvent[]> {
  const read = new EventParser().push(new Uint8Array(await response.arrayBuffer()))
  return 'ok' in read ? read.ok : []
}

test('the events of a run go on from where one has them', async () => {
  const all = await eventsOf(await get(`/workflows/${root}/events`))
  expect(all.map(({ id, event }) => [id, event])).toEqual([
    ['1', 'settled'],
    ['2', 'settled'],
    ['3', 'settled'],
  ])
  expect(all[0]?.data).toBe('{"label":"task 1"}')
  const rest = await eventsOf(await get(`/workflows/${root}/events`, { 'last-event-id': '2' }))
  expect(rest.map(({ id }) => id)).toEqual(['3'])
  expect((await get(`/workflows/${root}/events`, { 'last-event-id': 'x' })).status).toBe(400)
  expect((await get(`/workflows/${small.cid}/events`)).status).toBe(404)
})

const now = () => realWorld.now()
async function bearer(exp: number | null = now() + 60, more: readonly Uint8Array[] = []) {
  const nonce = randomBytes(12)
  const invocation = await invoke({ sub: bob.did, cmd: '/block/get', args: { cid: small.cid }, nonce, exp }, alice)
  const delegation = await delegate({ aud: alice.did, sub: bob.did, cmd: '/', nonce, exp: null }, bob)
  const container = await writeContainer([invocation.envelope.bytes, delegation.envelope.bytes, ...more], 'base64url')
  return { invocation, header: `Bearer ${Buffer.from(container).toString('latin1')}` }
}

test('an invocation in the header is what the node judges by', async () => {
  isPublic = false
  const without = await get(`/ipfs/${small.cid}`)
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ipvm"'])
  const { header, invocation } = await bearer()
  const response = await get(`/ipfs/${small.cid}`, { authorization: header })
  expect([response.status, response.headers.get('cache-control')]).toEqual([
    200,
    'private, max-age=29030400, immutable',
  ])
  expect(asked.at(-1)).toMatchObject({ cmd: '/block/get', invocation: { task: invocation.task } })
})

test('a header that is no container with one invocation for five minutes is refused before anything is judged', async () => {
  const { header } = await bearer()
  const other = await bearer()
  const two = await bearer(now() + 60, [other.invocation.envelope.bytes])
  const long = await bearer(now() + limits.bearerSecondsMax + 120)
  const wrong = [
    'Basic eA==',
    'Bearer',
    'Bearer x',
    header.slice(0, -9),
    two.header,
    long.header,
    (await bearer(null)).header,
    `Bearer ${'C'.repeat(60_000)}`,
  ]
  for (const authorization of wrong) {
    const response = await get(`/ipfs/${small.cid}`, { authorization })
    expect([response.status, authorization.slice(0, 20)]).toEqual([401, authorization.slice(0, 20)])
  }
  expect(asked).toEqual([])
})

test('pages of the origins that are named may ask, and no others', async () => {
  const named = await get('/healthz', { origin: 'https://page.example' })
  expect(named.headers.get('access-control-allow-origin')).toBe('https://page.example')
  const other = await get('/healthz', { origin: 'https://evil.example' })
  expect(other.headers.get('access-control-allow-origin')).toBeNull()
  const preflight = await app.request('/', {
    method: 'OPTIONS',
    headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
  })
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
})

test('the DID document says with which key the node signs', async () => {
  const read = readDidDocument(bob.did, await (await get('/.well-known/did.json')).text())
  expect(read).toMatchObject({ ok: [{ id: expect.stringContaining(bob.did) }] })
  expect(await (await get('/healthz')).json()).toEqual({ ok: true })
})

test('the description has every route, and no other', async () => {
  const described: { paths: Record<string, object> } = JSON.parse(await (await get('/openapi.json')).text())
  expect(described).toEqual(JSON.parse(JSON.stringify(openApi())))
  const methods = app.routes.filter(({ method }) => method !== 'ALL')
  const routes = methods.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  const paths = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  )
  expect([...new Set(routes)].sort()).toEqual(paths.sort())
})

test('what goes wrong in the node is told to the node, and not to who asks', async () => {
  const broken = createApp({
    port: { ...port, block: () => Promise.reject(new Error('secret path /home/bob')) },
    topics,
    world: realWorld,
    log: line => logged.push(line),
  })
  const response = await broken.request(`/ipfs/${small.cid}`)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('secret')
  expect(logged.at(-1)).toContain('GET /ipfs/')
})

test('a body that stops to come is not waited for', async () => {
  const timers: (() => void)[] = []
  const after = (_: number, callback: () => void) => {
    timers.push(callback)
    return () => {}
  }
  const world = { ...realWorld, after }
  const slow = createApp({ port, topics, world })
  const body = new ReadableStream({ start: controller => controller.enqueue(Uint8Array.of(1)) })
  const posted = slow.request('/', { method: 'POST', body, duplex: 'half' } as RequestInit)
  while (timers.length < 2) await new Promise(resolve => setTimeout(resolve, 1))
  for (const timer of timers) timer()
  expect((await posted).status).toBe(408)
})

test('bodies that would not fit into memory together are told to come later', async () => {
  const opened: (() => void)[] = []
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Uint8Array.of(1))
        opened.push(() => controller.close())
      },
    })
  const post = () => app.request('/', { method: 'POST', body: body(), duplex: 'half' } as RequestInit)
  const fitting = Array.from({ length: limits.bodiesBytesMax / limits.bodyBytesMax }, post)
  const late = await post()
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1'])
  for (const close of opened) close()
  expect(new Set((await Promise.all(fitting)).map(({ status }) => status))).toEqual(new Set([200]))
  expect((await app.request('/', { method: 'POST', body: Uint8Array.of(1) })).status).toBe(200)
})

test('blocks are never given under a name of another', async () => {
  const other: Block = { cid: small.cid, bytes: Uint8Array.of(1) }
  await shelf.put([other])
  const file = await get(`/ipfs/${small.cid}`)
  expect(file.status).toBe(422)
})
