import { createConnection, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileBlocks } from '@ipvm/ipld'
import { serve } from '@ipvm/node/serve'
import { Hono } from 'hono'
import { answersBytesMax, answerBytesMax, bodiesBytesMax, bodyBytesMax, bodyValuesMax } from '../limits.ts'
import { bobsNode, event, good, http, json, storedWorkflow, triggerOf, until } from '../node.test-fixture.ts'
import { answerOf } from './answer.ts'
import { withBody } from './body.ts'
import { respond } from './respond.ts'
import { Room } from './room.ts'

let bob: Awaited<ReturnType<typeof bobsNode>>

beforeAll(async () => {
  bob = await bobsNode()
  const serve = async (name: string, tasks: Parameters<typeof storedWorkflow>[1]) => {
    const workflow = await storedWorkflow(bob.node, tasks)
    good(await bob.node.events.add(triggerOf({ name, workflow, source: http })))
  }
  await serve('say', { response: event('.data.body') })
  await until(() => bob.node.events.active('say') !== undefined)
})
afterAll(() => bob.end())

function connect(url = bob.server.url): Promise<Socket> {
  const port = Number(new URL(url).port)
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

test('bodies that come slowly take no more memory than there is for them, and give it back', async () => {
  const room = bodiesBytesMax / bodyBytesMax
  const head = `POST /fn/say HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyBytesMax}\r\n\r\n`
  const slow = await Promise.all(Array.from({ length: room + 8 }, () => connect()))
  for (const socket of slow) {
    socket.on('error', () => {})
    socket.write(head)
    socket.write(new Uint8Array(bodyBytesMax - 1))
  }
  const answered: string[] = []
  for (const socket of slow) socket.on('data', data => answered.push(String(data)))
  await until(() => answered.length > 0)
  expect(answered.every(text => text.startsWith('HTTP/1.1 503') && text.includes('memory'))).toBe(true)
  for (const socket of slow) socket.destroy()
  await until(async () => (await bob.ask('/fn/say', json('x'.repeat(bodyBytesMax - 2)))).status === 200)
})

test('a body that is too large, or has too many values, is let go of', async () => {
  const post = (body: string) => bob.ask('/fn/say', { ...json(null), body })
  expect((await post('x'.repeat(bodyBytesMax + 1))).status).toBe(413)
  expect((await post(`[${'1,'.repeat(bodyValuesMax)}1]`)).status).toBe(400)
  expect((await post(JSON.stringify(',['.repeat(bodyValuesMax)))).status).toBe(200)
  expect((await post(JSON.stringify('\\",'.repeat(bodyValuesMax)))).status).toBe(200)
})

test('a file that is larger than an answer may be is not read to its end', async () => {
  const { root, blocks } = fileBlocks(new Uint8Array(2 * answerBytesMax).map((_, i) => i >> 16))
  const known = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  let read = 0
  const answer = await answerOf(root, async cid => {
    read += 1
    return known.get(cid.toString())
  })
  expect(answer).toMatchObject({ error: { name: 'BadAnswer', message: expect.stringContaining('more than') } })
  expect(read).toBeLessThan(blocks.length * 0.6)
})

test('who takes nothing of what he asked for is let go of, and who waits is not', async () => {
  const server = good(await serve(bob.node, { host: '127.0.0.1', port: 0, take: 50 }))
  const body = new Uint8Array(bodyBytesMax)
  const head = `POST /fn/say HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`
  const [patient, idle] = [await connect(server.url), await connect(server.url)]
  // More than the system keeps for both sides.
  for (let i = 0; i < 32; i++) {
    idle.write(head)
    idle.write(body)
  }
  idle.pause()
  let isGone = false
  idle.once('error', () => {
    isGone = true
  })
  await until(() => {
    if (!isGone) idle.write('\r\n')
    return isGone
  })
  const answered = new Promise(resolve => patient.once('data', resolve))
  patient.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(String(await answered)).toContain('200 OK')
  for (const socket of [patient, idle]) socket.destroy()
  await server.close()
})

test('answers that nobody takes have no more room than there is, and leave it', async () => {
  const answers = new Room(1_000_000)
  const closers: (() => void)[] = []
  const outgoing = { destroyed: false, once: (_: 'close', close: () => void) => closers.push(close) }
  const app = new Hono().get('/:bytes', c =>
    respond(c, answers, { status: 200, headers: {}, body: 'x'.repeat(Number(c.req.param('bytes'))) }),
  )
  const ask = async (bytes: number, env: object = { outgoing }) =>
    (await app.request(`/${bytes}`, {}, { ...env })).status
  expect([await ask(600_000), await ask(600_000), await ask(1000)]).toEqual([200, 503, 200])
  for (const close of closers.splice(0)) close()
  expect([await ask(600_000), await ask(600_000, { outgoing: { ...outgoing, destroyed: true } })]).toEqual([200, 200])
  expect(answersBytesMax).toBeGreaterThan(answerBytesMax)
})

test('what was taken for a body is given back, however it ends', async () => {
  const room = new Room(10)
  const app = new Hono().post('/', c =>
    withBody(c, room, async body => {
      if (body.length === 3) throw new Error('it went wrong')
      return c.text(String(body.length))
    }),
  )
  app.onError((_, c) => c.text('wrong', 500))
  const post = async (body: string) => (await app.request('/', { method: 'POST', body })).status
  for (const [body, status] of [
    ['1234567890', 200],
    ['123', 500],
    ['12345678901', 503],
    ['1234567890', 200],
  ] as const)
    expect(await post(body)).toBe(status)
})
