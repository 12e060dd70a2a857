import { ok } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { realWorld } from '../suite/harness.test-fixture.ts'
import { readAsked } from './client/asked.ts'
import { Asks } from './server/asks.ts'
import { createApp, TopicHub, type NodePort } from './server/index.ts'
import { TopicStream } from './server/topic-hub.ts'

test.each([
  ['what goes elsewhere', { path: 'topics?topic=x' }],
  ['a file, which may be of any size', { path: 'ipfs/bafy' }],
  ['another host', { path: '/evil.example/' }],
  ['a change', { method: 'PUT', path: 'ipfs/bafy?format=raw' }],
  ['a name that leads elsewhere', { id: '../topics/x' }],
])('who holds a stream is not asked for %s', (_, wrong) => {
  const right = { id: 'abc', method: 'GET', path: 'ipfs/bafy?format=raw', headers: { accept: '*/*' } }
  expect(readAsked(JSON.stringify(right))).toEqual(right)
  expect(readAsked(JSON.stringify({ ...right, ...wrong }))).toBeUndefined()
})

test('of the headers of what is asked those count that are sent for it, and are headers', () => {
  const headers = { 'content-type': 'x', cookie: 'y', authorization: 'a\r\nb: c', accept: 5 }
  const asked = readAsked(JSON.stringify({ id: 'abc', method: 'POST', path: 'reconcile', headers }))
  expect(asked?.headers).toEqual({ 'content-type': 'x' })
})

test('an answer is taken of who knows what it is to, once, whatever it says', async () => {
  const port: NodePort = {
    did: bob.did,
    handle: async ({ bytes }) => ok({ type: 'container', bytes }),
    authorise: async () => ok({}),
    block: async () => undefined,
  }
  const nothing = () => {}
  const context = { welcomes: () => true, mayHear: () => true, message: async () => 'accept' as const }
  const topics = new TopicHub({
    ...context,
    came: nothing,
    went: nothing,
    hello: async () => ({ event: '', data: '' }),
  })
  const asks = new Asks(topics, realWorld)
  const app = createApp({ port, topics, world: realWorld, asks })
  const unnamed = new TopicStream({ name: 'http:192.0.2.1', addresses: [] }, undefined, [], true)
  const named = new TopicStream({ name: alice.did, did: alice.did, addresses: [] }, undefined, [], true)
  for (const stream of [unnamed, named]) topics.open(stream)
  // Behind one address there may be several.
  expect(asks.fetchOf(unnamed.peer.name)).toBeUndefined()
  const signal = new AbortController().signal
  const asking = { method: 'POST', headers: {}, body: Uint8Array.of(7), redirect: 'manual', signal } as const
  const answer = asks.fetchOf(alice.did)?.(`${alice.did}?wait=1`, asking)
  const chunk = await named.chunks().next()
  const [, data = ''] = /data: (.*)/.exec(new TextDecoder().decode(chunk.value ?? new Uint8Array())) ?? []
  const asked = readAsked(data)
  const at = `/asked/${asked?.id}`
  const bring = (path: string, status: string) =>
    app.request(path, { method: 'POST', headers: { 'ipvm-status': status }, body: 'x' })
  expect(new Uint8Array(await (await app.request(at)).arrayBuffer())).toEqual(Uint8Array.of(7))
  expect((await bring('/asked/00', '200')).status).toBe(404)
  expect((await bring(at, '100')).status).toBe(400)
  // One that must have no body has none.
  expect((await bring(at, '204')).status).toBe(204)
  expect(await answer).toMatchObject({ status: 204, body: null })
  expect((await bring(at, '200')).status).toBe(404)
})
