import { expect, test } from 'vitest'
import { fileBlocks, rawBlock } from '@ipvm/ipld'
import { readPeerRecord } from '@ipvm/network'
import { bob, carol, dave, TestWorld } from '@ipvm/testing'
import { noNonce, readContainer, readReceipt, taskName } from '@ipvm/ucan'
import { bearer, bobOnline } from './bob-online.test-fixture.ts'
import { aliceAsks, bobLets, bodyOf, good, outsIn, workflowOf } from './bob.test-fixture.ts'

/** As long as a bearer's invocation may hold. */
const soon = new TestWorld().time + 300

test('Alice has Bob run a workflow over a socket, brings its blocks, and gets its receipts', async () => {
  const { alice, address, close } = await bobOnline()
  const proof = await bobLets('/')
  const workflow = workflowOf({ one: ['/test/echo', { value: 1 }], two: ['/test/post', { value: 'x' }] })
  const invocation = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [proof])
  const body = await bodyOf([invocation, proof], [workflow])
  const answer = good(await alice.request(address, body, { wait: 10_000 }))
  expect((await outsIn({ ok: answer })).length).toBe(3)
  await close()
})

test('who asks for what is not done yet may come back for it, at the place that is named', async () => {
  const { app, gate, close } = await bobOnline()
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const proofs = [await bobLets('/test'), await bobLets('/receipt/read')] as const
  const invocation = await aliceAsks('/test/slow', { value: 9 }, [proofs[0]])
  const { bytes } = await bodyOf([invocation, proofs[0]])
  const type = { 'content-type': 'application/vnd.ipvm.container' }
  const accepted = await app('', { method: 'POST', headers: type, body: bytes.slice() })
  expect([accepted.status, accepted.headers.get('location')]).toEqual([202, `/receipts/${invocation.task}`])
  const read = await aliceAsks('/receipt/read', { task: invocation.task }, [proofs[1]], { exp: soon })
  const headers = await bearer(read, proofs[1])
  const later = app(`receipts/${invocation.task}?wait=10`, { headers })
  door.resolve()
  const response = await later
  expect(response.status).toBe(200)
  const [token] = good(await readContainer(await response.bytes())).tokens
  expect(good(await readReceipt(token ?? new Uint8Array(0))).out).toEqual({ ok: 9 })
  // The same for another task is refused, and so is no proof at all, or one that holds for longer.
  const pure = taskName({ cmd: '/test/slow', args: { value: 9 }, nonce: noNonce })
  expect((await app(`receipts/${pure}`, { headers })).status).toBe(403)
  expect((await app(`receipts/${pure}`)).status).toBe(401)
  const long = await aliceAsks('/receipt/read', {}, [proofs[1]])
  expect((await app(`receipts/${pure}`, { headers: await bearer(long, proofs[1]) })).status).toBe(401)
  const any = await aliceAsks('/receipt/read', {}, [proofs[1]], { exp: soon })
  expect((await app(`receipts/${pure}`, { headers: await bearer(any, proofs[1]) })).status).toBe(200)
  await close()
})

test('a proof counts for who it was given to, for what it says, and as long as it does', async () => {
  const { app, store, world, close } = await bobOnline()
  const block = rawBlock(new TextEncoder().encode('a block'))
  await store.commit({ blocks: [block] })
  const all = await bobLets('/block/get')
  const one = await bobLets('/block/get', { pol: [['==', '.cid', block.cid]] })
  const get = async (proof: typeof all, more: Parameters<typeof aliceAsks>[3] = {}, cid = block.cid) => {
    const invocation = await aliceAsks('/block/get', {}, [proof], { exp: soon, ...more })
    return (await app(`ipfs/${cid}`, { headers: await bearer(invocation, proof) })).status
  }
  expect([await get(all), await get(one)]).toEqual([200, 200])
  expect(await get(one, {}, rawBlock(Uint8Array.of(1)).cid)).toBe(403)
  expect(await get(all, { signer: dave })).toBe(403)
  const put = await aliceAsks('/block/put', {}, [all], { exp: soon })
  expect((await app(`ipfs/${block.cid}`, { headers: await bearer(put, all) })).status).toBe(403)
  await store.commit({ secrets: [block.cid] })
  expect(await get(all)).toBe(404)
  world.time += 86_400
  expect(await get(all)).toBe(401)
  await close()
})

test('who submitted a run sees how it goes, as it goes, and nobody else does', async () => {
  const { app, alice, address, gate, close } = await bobOnline()
  const door = Promise.withResolvers<void>()
  gate.open = door.promise
  const narrow = await bobLets('/workflow/run')
  const echo = await bobLets('/test')
  const workflow = workflowOf({ one: ['/test/slow', { value: 1 }] })
  const invocation = await aliceAsks('/workflow/run', { workflow: workflow.cid }, [narrow])
  const answer = good(await alice.request(address, await bodyOf([invocation, narrow, echo], [workflow])))
  expect(answer.pending?.map(({ kind, cid }) => [kind, String(cid)])).toEqual([['workflow', String(workflow.cid)]])
  const headers = await bearer(await aliceAsks('/workflow/read', {}, [], { exp: soon }))
  const events = await app(`workflows/${workflow.cid}/events`, { headers })
  expect(events.status).toBe(200)
  door.resolve()
  const told = await events.text()
  expect(told.match(/^event: .*$/gm)).toEqual(expect.arrayContaining(['event: settled', 'event: ended']))
  const status = await (await app(`workflows/${workflow.cid}`, { headers })).json()
  expect(status).toMatchObject({ condition: 'ok', tasks: [{ label: 'one', state: 'settled', how: 'ran' }] })
  const carols = await bearer(await aliceAsks('/workflow/read', {}, [], { exp: soon, signer: carol }))
  expect((await app(`workflows/${workflow.cid}`, { headers: carols })).status).toBe(403)
  await close()
})

test('a large result comes along with its receipt; a file is brought and fetched', async () => {
  const { alice, address, app, store, close } = await bobOnline()
  const proof = await bobLets('/')
  const large = new Uint8Array(200_000).fill(7)
  const invocation = await aliceAsks('/test/echo', { value: [large] }, [proof])
  const answer = good(await alice.request(address, await bodyOf([invocation, proof]), { wait: 10_000 }))
  expect([answer.type, answer.bytes.length > 200_000]).toEqual(['car', true])
  const { root } = fileBlocks(new Uint8Array(3_000_000).fill(9))
  const put = await bearer(await aliceAsks('/block/put', {}, [proof], { exp: soon }), proof)
  const body = new Uint8Array(3_000_000).fill(9)
  expect((await app(`ipfs/${root}`, { method: 'PUT', headers: put, body })).status).toBe(201)
  expect((await app(`ipfs/${root}`, { method: 'PUT', body })).status).toBe(401)
  expect(await store.hasBlock(root)).toBe(true)
  await close()
})

test('a node says who and how it is', async () => {
  const { app, address, world, close } = await bobOnline()
  const record = await (await app('.well-known/ipvm-peer')).bytes()
  const read = good(await readPeerRecord(record, { now: world.time, address }))
  expect([read.did, read.addresses]).toEqual([bob.did, [address]])
  const health = await app('healthz')
  expect([health.status, await health.json()]).toEqual([
    200,
    { ok: true, runs: { running: 0, queued: 0 }, tasks: { queued: 0, running: 0 }, peers: 0 },
  ])
  await close()
})

test('what is public is read without a proof', async () => {
  const { app, store, close } = await bobOnline({ open: ['/block/get'] })
  const block = rawBlock(new TextEncoder().encode('for all'))
  await store.commit({ blocks: [block] })
  const response = await app(`ipfs/${block.cid}`)
  expect([response.status, await response.text()]).toEqual([200, 'for all'])
  expect(response.headers.get('cache-control')).toMatch(/^public/)
  expect((await app(`receipts/${block.cid}`)).status).toBe(401)
  await close()
})

test('who tries doors that are closed is not heard for a while', async () => {
  const { app, close } = await bobOnline({ admission: { refused: { perSecond: 1, burst: 2 } } })
  const { cid } = rawBlock(Uint8Array.of(1))
  const statuses = []
  for (const path of [`ipfs/${cid}`, `receipts/${cid}`, `ipfs/${cid}`]) statuses.push((await app(path)).status)
  expect(statuses).toEqual([401, 401, 503])
  expect((await app('healthz')).status).toBe(200)
  await close()
})
