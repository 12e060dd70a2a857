import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { fileBlocks, type Value } from '@ipvm/ipld'
import { openNetwork } from '@ipvm/network'
import { httpTransport } from '@ipvm/network/http'
import { httpServer, type App } from '@ipvm/network/http/server'
import { Runtime, type PureCommand, type World } from '@ipvm/runtime'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { alice, bob, dave } from '@ipvm/testing'
import { delegate, revoke, taskName, VerifiedTokens } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { afterAll, expect, test } from 'vitest'
import { bearerOf } from '../join/bearer.ts'
import { Service } from '../service.ts'
import { doubleAll, doubled, doubling, keep, namesIn, profile } from '../town.test-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-islands-'))
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

const world: World = {
  owner: 'test',
  now: () => Math.floor(Date.now() / 1000),
  date: () => Date.now(),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
  random: count => crypto.getRandomValues(new Uint8Array(count)),
}

/** A node with a store on the disk, behind a server on loopback; it trusts its friend, who lets it read and speak. */
async function node(signer: Signer, friend: Signer) {
  const store = openSqliteStore(join(mkdtempSync(join(folder, 'store-')), 'store.db'))
  const fields = {
    aud: signer.did,
    sub: friend.did,
    cmd: '/receipt',
    pol: [],
    nonce: new Uint8Array(12),
    exp: null,
  } as const
  const wallet = { proofs: async () => [await delegate(fields, friend)] }
  const shared = { signer, store, world, open: [], verified: new VerifiedTokens() }
  const service: Service = new Service({ ...shared, wallet, log: () => {}, runtime: () => runtime })
  const ran: Value[] = []
  const gate = Promise.withResolvers<void>()
  const double: PureCommand = {
    ...{ profile, parallel: 2 },
    run: async ({ n }, { signal }) => {
      const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
      await Promise.race([gate.promise, stopped])
      ran.push(Number(n))
      return { out: { ok: 2 * Number(n) }, permanent: true }
    },
  }
  const runtime = new Runtime({ ...shared, commands: { '/test/double': double }, others: service.others })
  await store.commit({ trusted: [friend.did] })
  let app: App = () => new Response(null, { status: 503 })
  const server = createServer(getRequestListener(request => app(request)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
  const at = async () => friend.did
  const serve = (served: App) => {
    app = served
  }
  const transport = httpTransport({
    addresses: [url],
    authorise: bearerOf({ signer, wallet, now: world.now, random: world.random, at }),
    server: httpServer({ node: service.reads, config: {}, serve }),
  })
  const { answer, block, mayHear } = service
  const network = await openNetwork({ world, transports: [transport], answer, block, mayHear })
  service.open(network)
  closing.push(async () => {
    await service.close()
    await runtime.close()
    await store.close()
    server.closeAllConnections()
    server.close()
  })
  return { store, service, runtime, network, url, ran, gate }
}

/** Looks until it is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 20))
}

test('two nodes over HTTP, of which one dials, come to have the same, and hear of what is new', async () => {
  // The one who dials is the one who asks.
  const [one, other] = alice.did < bob.did ? [alice, bob] : [bob, alice]
  const a = await node(one, other)
  const b = await node(other, one)
  const { root, blocks } = fileBlocks(new Uint8Array(300_000).fill(7))
  await b.store.commit({ blocks })
  await keep(a.store, await Promise.all([1, 2].map(n => doubled(n, one))))
  await keep(b.store, [await doubled(2, other), await doubled(3, other, root)])
  const fields = { aud: dave.did, sub: other.did, cmd: '/', pol: [], nonce: new Uint8Array(12), exp: null } as const
  await b.store.commit({ revocations: [await revoke(await delegate(fields, other), other)] })
  expect(await a.network.connect(b.url)).toHaveProperty('ok')
  await until(async () => (await namesIn(a.store)).length === 4 && (await namesIn(b.store)).length === 4)
  expect(await namesIn(a.store)).toEqual(await namesIn(b.store))
  expect(await a.store.listRevocations()).toHaveLength(1)
  expect(await Promise.all(blocks.map(({ cid }) => a.store.hasBlock(cid)))).not.toContain(false)
  // What is new there is told here, and found from here.
  const asked = a.service.others.find?.(taskName(doubling(9)), profile, new AbortController().signal)
  b.gate.resolve()
  await doubleAll([9], b.store, b.runtime)
  expect(await asked).toMatchObject({ iss: other.did, out: { ok: 18 } })
  expect(a.ran).toEqual([])
})

test('who was dialled over HTTP asks who has dialled, and hears of what is new there', async () => {
  // The one who asks first is the one who was dialled, and at whose address nobody could dial back.
  const [one, other] = alice.did < bob.did ? [alice, bob] : [bob, alice]
  const server = await node(one, other)
  const laptop = await node(other, one)
  await keep(laptop.store, [await doubled(1, other)])
  expect(await laptop.network.connect(server.url)).toHaveProperty('ok')
  await until(async () => (await namesIn(server.store)).length === 1)
  expect(server.network.peers()).toMatchObject([{ did: other.did, addresses: [] }])
  laptop.gate.resolve()
  // Told by a topic: nobody waits for it, and the next reconciliation is a minute away.
  await doubleAll([2], laptop.store, laptop.runtime)
  await until(async () => (await namesIn(server.store)).length === 2)
  // Asked for by name.
  await keep(laptop.store, [await doubled(3, other)])
  const asked = await server.service.others.find?.(taskName(doubling(3)), profile, new AbortController().signal)
  expect(asked).toMatchObject({ iss: other.did, out: { ok: 6 } })
  expect(server.ran).toEqual([])
})
