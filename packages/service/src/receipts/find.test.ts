import { fileBlocks, ok, blockOf, rawBlock } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { delegate, issueReceipt, taskName, writeContainer } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { withPeer } from '../join/peer-book.ts'
import { doubled, doubling, keep, namesIn, profile, Town, type Answering } from '../town.test-fixture.ts'

/** Longer than anybody waits for an answer. */
const long = 60_000

/** A town where Bob, who is slow, asks Alice, whom he trusts; she knows the doubles of these. */
async function aliceAndBob(known: readonly number[], answer?: Answering) {
  const town = new Town()
  const a = await town.node(alice, [], { answer })
  await keep(a.store, await Promise.all(known.map(n => doubled(n, alice))))
  const b = await town.node(bob, [alice])
  b.pace = long
  return { town, a, b }
}

test('what a trusted node has computed is not computed again: all is asked for at once, and what waits is never begun', async () => {
  let requests = 0
  const { town, b } = await aliceAndBob([1, 2, 3, 4, 5, 6], async (request, own) => {
    if (request.type === 'container') requests += 1
    return own(request)
  })
  expect(await town.until(b.double(1, 2, 3, 4, 5, 6))).toEqual([2, 4, 6, 8, 10, 12])
  expect(requests).toBe(1)
  expect(b.began).toHaveLength(2)
  expect(b.ran).toEqual([])
  expect(town.world.time).toBeLessThan(long)
  // It is in Bob's store, and is found there.
  expect(await town.until(b.double(6))).toEqual([12])
  expect(requests).toBe(1)
  await town.close()
})

test('who is sooner wins: a node does not wait for those who think long', async () => {
  const { town, b } = await aliceAndBob([1])
  b.pace = 10
  town.hub.faults = { ...town.hub.faults, delay: [1000, 1000] }
  expect(await town.until(b.double(1))).toEqual([2])
  expect(b.ran).toEqual([1])
  await town.close()
})

test('those who are not there, and those who are not trusted, are asked for nothing', async () => {
  const town = new Town()
  const a = await town.node(alice)
  await keep(a.store, [await doubled(1, alice)])
  const b = await town.node(bob)
  expect(b.receipts.find(taskName(doubling(1)), profile, new AbortController().signal)).toBeUndefined()
  expect(await town.until(b.double(1))).toEqual([2])
  expect(b.ran).toEqual([1])
  await town.close()
})

test('who lets nobody read is not asked again for a while', async () => {
  const town = new Town()
  let requests = 0
  await town.node(alice, [], {
    answer: async () => {
      requests += 1
      return { error: { name: 'Refused', message: 'not you' } }
    },
  })
  const b = await town.node(bob, [alice])
  town.hub.partition([alice.did], [bob.did])
  town.hub.heal()
  await town.until(b.double(1))
  await town.until(b.double(2))
  expect(requests).toBeLessThanOrEqual(2)
  expect(b.ran).toEqual([1, 2])
  await town.close()
})

test.each<[lie: string, says: () => Promise<Uint8Array>, isBlamed: boolean]>([
  ['garbage', async () => Uint8Array.of(1, 2, 3), false],
  ['bytes that are no receipt', async () => writeContainer([Uint8Array.of(1, 2, 3)]), true],
  [
    'a receipt that somebody else is to have signed',
    async () => writeContainer([forged(await doubled(1, alice, 7))]),
    true,
  ],
  ['the receipt of another task', async () => writeContainer([(await doubled(2, alice)).bytes]), false],
  ['the receipt of one who is not trusted', async () => writeContainer([(await doubled(1, carol, 7)).bytes]), false],
  ['the receipt of a run', async () => writeContainer([await impermanent()]), false],
  ['the receipt of another profile', async () => writeContainer([await another()]), false],
])('%s settles nothing', async (_, says, isBlamed) => {
  const { town, b } = await aliceAndBob([], async request =>
    request.type === 'container' ? ok({ type: 'container', bytes: await says() }) : { error: refused },
  )
  b.pace = 100
  expect(await town.until(b.double(1))).toEqual([2])
  expect(b.ran).toEqual([1])
  expect(await namesIn(b.store)).toHaveLength(1)
  expect(b.network.setAside().map(([name]) => name)).toEqual(isBlamed ? [alice.did] : [])
  await town.close()
})

const refused = { name: 'Refused', message: 'not now' } as const

/** The same words under a signature that is not theirs. */
function forged({ bytes }: { readonly bytes: Uint8Array }): Uint8Array {
  const changed = bytes.slice()
  changed[12] = (changed[12] ?? 0) ^ 1
  return changed
}

async function impermanent(): Promise<Uint8Array> {
  const ran = taskName(doubling(1))
  return (await issueReceipt({ ran, out: { ok: 7 }, profile, exp: 2_000_000_000 }, alice)).bytes
}

async function another(): Promise<Uint8Array> {
  const ran = taskName(doubling(1))
  return (await issueReceipt({ ran, out: { ok: 7 }, profile: 'test/2', exp: null }, alice)).bytes
}

test('a large value comes along, and a receipt without it does not count', async () => {
  const { town, a, b } = await aliceAndBob([])
  const bytes = new Uint8Array(3_000_000).fill(5)
  const { root, blocks } = fileBlocks(bytes)
  const whole = blockOf({ file: root })
  await a.store.commit({ blocks: [...blocks, whole] })
  await keep(a.store, [await doubled(1, alice, whole.cid), await doubled(2, alice, blockOf('gone').cid)])
  b.pace = 20_000
  await town.until(b.double(1, 2))
  expect(b.ran).toEqual([2])
  expect(await Promise.all([whole, ...blocks].map(({ cid }) => b.store.hasBlock(cid)))).not.toContain(false)
  await town.close()
})

test('what a receipt links to counts together: many links are no way around the limit of one', async () => {
  const { town, a, b } = await aliceAndBob([])
  const files = [1, 2, 3].map(n => rawBlock(new Uint8Array(1000).fill(n)))
  await a.store.commit({ blocks: files })
  const fields = {
    aud: bob.did,
    sub: alice.did,
    cmd: '/block/get' as const,
    pol: [],
    nonce: new Uint8Array(12),
    exp: null,
  }
  const about = { did: bob.did, addresses: [], trusted: true, since: 0, delegations: [] }
  const given = [await delegate(fields, alice)]
  await a.service.join.book.edit(none => ok({ peers: withPeer(none, { ...about, given }), value: undefined }))
  const receipt = await doubled(
    1,
    alice,
    files.map(({ cid }) => cid),
  )
  const keep = (valueBytesMax: number) =>
    town.until(b.receipts.acceptance.keep(receipt, { from: alice.did, valueBytesMax }))
  expect(await keep(2500)).toBe(false)
  expect(await namesIn(b.store)).toEqual([])
  expect(await keep(3000)).toBe(true)
  await town.close()
})

test('a receipt that comes by gossip while its task runs ends the run', async () => {
  const { town, a, b } = await aliceAndBob([])
  const slow = b.double(21)
  await town.pass(1000)
  expect(b.began).toEqual([21])
  await town.until(a.double(21))
  expect(await town.until(slow)).toEqual([42])
  expect(b.ran).toEqual([])
  await town.close()
})

test('one who comes later is asked for what is still wanted, and one who says that they have it is gone to', async () => {
  const { town, a, b } = await aliceAndBob([])
  town.hub.partition([alice.did, bob.did], [carol.did])
  const c = await town.node(carol)
  await keep(c.store, [await doubled(21, carol)])
  const fields = {
    aud: bob.did,
    sub: carol.did,
    cmd: '/receipt/read',
    pol: [],
    nonce: new Uint8Array(12),
    exp: null,
  } as const
  b.grants.push(await delegate(fields, carol))
  await b.store.commit({ trusted: [carol.did] })
  const slow = b.double(21)
  await town.pass(1000)
  town.hub.heal()
  expect(await town.until(slow)).toEqual([42])
  expect([a.ran, b.ran]).toEqual([[], []])
  await town.until(c.double(5))
  await town.pass(500)
  expect(await c.network.findProviders(taskName(doubling(5)))).toEqual([])
  expect(await b.network.findProviders(taskName(doubling(5)))).toEqual([`memory:${carol.did}`])
  await town.close()
})
