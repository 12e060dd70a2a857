import { readFileSync } from 'node:fs'
import { cidOf, codec, nameOf, rawBlock } from '@ipvm/ipld'
import { writeContents } from '@ipvm/network'
import { alice, bob, carol, dave } from '@ipvm/testing'
import { issueReceipt, readContainer, readReceipt, writeContainer } from '@ipvm/ucan'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bobLets, bobsNode, good, type BobsNode } from './bob.test-fixture.ts'
import { connect, type ClientWorld, type ConnectOptions } from './index.ts'
import { platformWorld } from './world.ts'

let at: BobsNode
beforeAll(async () => {
  at = await bobsNode()
})
afterAll(() => at.remove())

/** Pauses are a twentieth of what they are; patience stays. */
const hasty: ClientWorld = {
  ...platformWorld,
  after: (milliseconds, callback) =>
    platformWorld.after(milliseconds < 10_000 ? milliseconds / 20 : milliseconds, callback),
}

type Fetch = NonNullable<ConnectOptions['fetch']>

/** Somebody between Alice and Bob, who changes what comes back of what was posted. */
async function through(change: (answer: Uint8Array, response: Response) => Promise<Response>, options = {}) {
  const between: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    return init.method === 'POST' ? change(new Uint8Array(await response.arrayBuffer()), response) : response
  }
  return good(await connect(at.url, alice, { proofs: [await bobLets('/')], fetch: between, ...options }))
}

const container = async (tokens: readonly Uint8Array[]) =>
  new Response(await writeContainer(tokens), { headers: { 'content-type': 'application/vnd.ipvm.container' } })

/** The receipt in Bob's answer. */
async function receiptIn(answer: Uint8Array) {
  const [token = new Uint8Array(0)] = good(await readContainer(answer)).tokens
  return good(await readReceipt(token))
}

test('a receipt of a function that somebody else has signed counts only where they are trusted by name', async () => {
  const other = async (answer: Uint8Array) => {
    const { ran, profile = 'none' } = await receiptIn(answer)
    return container([(await issueReceipt({ ran, out: { ok: 'said' }, profile, exp: null }, carol)).bytes])
  }
  const add = readFileSync(new URL('../../../guests/add/add.wasm', import.meta.url))
  const call = { mod: add, fun: 'add-one', params: [1] }
  const node = await through(other)
  const foreign = { error: { name: 'ForeignReceipt', issuers: [carol.did] } }
  expect(await node.call('/wasm/run', call)).toMatchObject(foreign)
  const trusting = await through(other, { trust: [carol.did] })
  expect(good(await trusting.call('/wasm/run', call)).out).toEqual({ ok: 'said' })
  // What was done to Bob's world, Bob says himself.
  expect(await trusting.call('/test/post', { text: 'a' })).toMatchObject(foreign)
})

test('a receipt that was changed on the way, or is of another task, is no answer', async () => {
  const changed = await through(async answer => {
    const { bytes } = await receiptIn(answer)
    const at = bytes.length - 10
    return container([bytes.with(at, (bytes[at] ?? 0) ^ 1)])
  })
  expect(await changed.call('/test/post', { text: 'c' })).toMatchObject({ error: { name: 'MalformedAnswer' } })
  const other = await through(async () =>
    container([(await issueReceipt({ ran: nameOf('another task'), out: { ok: 1 }, exp: null }, bob)).bytes]),
  )
  expect(await other.call('/test/post', { text: 'd' })).toMatchObject({ error: { name: 'NoReceipt' } })
})

test('blocks that come along and are not what their names say spoil the answer', async () => {
  const node = await through(async answer => {
    const { bytes } = await receiptIn(answer)
    const wrong = { cid: cidOf(codec.raw, Uint8Array.of(1)), bytes: Uint8Array.of(2) }
    const body = await writeContents([bytes], [rawBlock(Uint8Array.of(3)), wrong])
    return new Response(body.bytes.slice(), { headers: { 'content-type': 'application/vnd.ipld.car' } })
  })
  expect(await node.call('/test/post', { text: 'e' })).toMatchObject({ error: { name: 'MalformedAnswer' } })
})

test('content that is not what its name says is refused, in one stream and block by block', async () => {
  const honest = await through(async (answer, { headers, status }) => new Response(answer.slice(), { headers, status }))
  const bytes = new Uint8Array(2_500_000).fill(7)
  const cid = good(await honest.put(bytes))
  const lying: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (init.method !== 'GET' || !url.includes('/ipfs/')) return response
    const told = new Uint8Array(await response.arrayBuffer())
    const { status, headers } = response
    // The root is as it is; what is in its leaves is not.
    return new Response(told.length > 100_000 ? told.with(90_000, 8) : told, { status, headers })
  }
  const proofs = [await bobLets('/')]
  const node = good(await connect(at.url, alice, { proofs, fetch: lying }))
  expect(await node.get(cid)).toMatchObject({ error: { name: 'CorruptBlock' } })
  expect(Buffer.compare(good(await honest.get(cid)), bytes)).toBe(0)
})

test('another node at the address is not taken for the one that is wanted', async () => {
  expect(await connect(at.url, alice, { did: dave.did })).toMatchObject({
    error: { name: 'ForeignNode', did: bob.did, message: expect.stringContaining('check the address') },
  })
  // Who says nothing of themselves, or something that is no key, is nobody.
  const silent: Fetch = async () => new Response('{"id": "did:web:bob.example"}', { status: 200 })
  expect(await connect(at.url, alice, { fetch: silent })).toMatchObject({ error: { name: 'UnknownNode' } })
  expect(await connect('http://127.0.0.1:1/', alice)).toMatchObject({ error: { name: 'Unreachable' } })
  expect(await connect('mailto:bob', alice)).toMatchObject({ error: { name: 'NoSuchPeer' } })
  expect(await connect(at.url, alice, { proofs: 'nonsense' })).toMatchObject({ error: { name: 'MalformedProofs' } })
})

test('a DID document is believed as far as what is signed bears it out', async () => {
  const noRecord: Fetch = async (url, init) => {
    if (url.endsWith('ipvm-peer')) return new Response('{}', { status: 404 })
    if (!url.endsWith('did.json')) return fetch(url, init)
    return new Response(JSON.stringify({ id: 'did:web:x.example', alsoKnownAs: [carol.did] }))
  }
  const node = good(await connect(at.url, alice, { proofs: [await bobLets('/')], fetch: noRecord }))
  expect(node.did).toBe(carol.did)
  expect(await node.call('/test/post', { text: 'f' })).toMatchObject({ error: { name: 'Refused' } })
})

test('a busy node is asked again after the time that it says, and not without end', async () => {
  let times = 0
  const busy: Fetch = async (url, init) => {
    if (init.method !== 'POST' || times++ > 2) return fetch(url, init)
    const headers = { 'content-type': 'application/json', 'ipvm-retry-after': '20' }
    return new Response('{"name": "Busy", "message": "too much to do"}', { status: 503, headers })
  }
  const proofs = [await bobLets('/')]
  const node = good(await connect(at.url, alice, { proofs, fetch: busy, world: hasty }))
  expect(good(await node.call('/test/post', { text: 'g' }))).toMatchObject({ iss: bob.did })
  expect(times).toBe(4)
  times = -100
  expect(await node.call('/test/post', { text: 'h' })).toMatchObject({ error: { name: 'Busy' } })
})

test('what was given is taken back by whoever gave it', async () => {
  const given = await bobLets('/')
  const bobs = good(await connect(at.url, bob))
  const alices = good(await connect(at.url, alice, { proofs: [given] }))
  expect(await alices.call('/test/post', { text: 'i' })).toHaveProperty('ok')
  expect(await bobs.revoke(given.envelope.cid)).toHaveProperty('ok')
  expect(await alices.call('/test/post', { text: 'j' })).toMatchObject({
    error: { name: 'Refused', reason: { name: 'Revoked' } },
  })
})
