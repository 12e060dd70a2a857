import { blockOf, encode, ok } from '@ipvm/ipld'
import { alice, bob, carol, dave } from '@ipvm/testing'
import { delegate, issueReceipt, revoke, taskName, type Receipt } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { doubled, doubling, keep, namesIn, profile, Town, type Answering, type Townsman } from '../town.test-fixture.ts'

const doubles = (numbers: readonly number[], signer: Signer): Promise<readonly Receipt[]> =>
  Promise.all(numbers.map(n => doubled(n, signer)))

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)

/** Alice and Bob, who trust each other, and do not see each other yet. */
async function apart(town: Town, answer?: Answering): Promise<readonly [Townsman, Townsman]> {
  town.hub.partition([alice.did], [bob.did], [carol.did])
  return [await town.node(alice, [bob, carol], { answer }), await town.node(bob, [alice, carol])]
}

async function haveTheSame(...nodes: readonly Townsman[]): Promise<void> {
  const [first = [], ...others] = await Promise.all(nodes.map(({ store }) => namesIn(store)))
  for (const names of others) expect(names).toEqual(first)
}

async function revocationBy(signer: Signer, n: number) {
  const nonce = new Uint8Array(12).fill(n)
  const fields = { aud: dave.did, sub: signer.did, cmd: '/' as const, pol: [], nonce, exp: null }
  return revoke(await delegate(fields, signer), signer)
}

test('islands that meet have what both had, revocations first', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  await keep(a.store, await doubles([1, 2, 3], alice))
  await keep(b.store, [...(await doubles([3, 4, 5], bob)), ...(await doubles([9], alice))])
  const revocations = await Promise.all([revocationBy(alice, 1), revocationBy(carol, 2), revocationBy(bob, 3)])
  await a.store.commit({ revocations: revocations.slice(0, 2) })
  await b.store.commit({ revocations: revocations.slice(2) })
  town.hub.heal()
  await town.pass(20_000)
  await haveTheSame(a, b)
  expect(await namesIn(a.store)).toHaveLength(7)
  for (const { store } of [a, b]) {
    expect(new Set((await store.listRevocations()).map(String))).toEqual(
      new Set(revocations.map(({ cid }) => `${cid}`)),
    )
  }
  const all = [...a.reconciled, ...b.reconciled]
  expect(all.find(({ taken, brought }) => taken + brought > 0)?.set).toBe('revocations')
  await town.close()
})

test('what is settled by a name that was asked for stays so, where it was made from what comes along', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  await town.until(a.double(1, 2))
  town.hub.heal()
  await town.pass(20_000)
  expect(await town.until(b.double(1, 2))).toEqual([2, 4])
  expect(b.began).toEqual([])
  await town.close()
})

test('what neither trusts does not travel, and is not asked for over and over', async () => {
  const town = new Town()
  let wants = 0
  const [a, b] = await apart(town, async (request, own) => {
    const answer = await own(request)
    if ('ok' in answer && answer.ok.type === 'container') wants += 1
    return answer
  })
  await a.store.commit({ trusted: [dave.did] })
  await keep(a.store, await doubles([1, 2], dave))
  await keep(a.store, await doubles([3], alice))
  town.hub.heal()
  await town.pass(10 * 60_000)
  expect(await namesIn(b.store)).toHaveLength(1)
  // Once for the three, and for those that do not count never again.
  expect(wants).toBeLessThanOrEqual(1)
  await town.close()
})

test('what is secret, and what is a fact about one run, does not travel', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  const [open, hidden, ofSecret] = await doubles([1, 2, 3], alice)
  const [task] = [taskName(doubling(4))]
  const ofRun = await issueReceipt({ ran: task, out: { ok: 8 }, profile, exp: 2_000_000_000 }, alice)
  if (!open || !hidden || !ofSecret) throw new Error('there are three')
  await a.store.commit({ receipts: [ofRun], secrets: [hidden.cid, ofSecret.ran] })
  await keep(a.store, [open, hidden, ofSecret])
  town.hub.heal()
  await town.pass(20_000)
  expect(await namesIn(b.store)).toHaveLength(1)
  expect(await b.store.hasBlock(open.cid)).toBe(true)
  await town.close()
})

test('what a receipt merely names need not be anywhere: it travels without', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  const { cid: gone } = blockOf('a receipt whose task nobody has')
  const failure = { name: 'BranchMismatch', message: 'not run', from: gone }
  const failed = await issueReceipt({ ran: taskName(doubling(1)), out: { error: failure }, profile, exp: null }, alice)
  const whole = blockOf({ n: 4, of: { error: failure } })
  await a.store.commit({ blocks: [whole] })
  await keep(a.store, [failed, await doubled(2, alice, whole.cid), await doubled(3, alice, { of: gone })])
  town.hub.heal()
  await town.pass(20_000)
  await haveTheSame(a, b)
  expect(await namesIn(b.store)).toHaveLength(3)
  expect(await b.store.hasBlock(whole.cid)).toBe(true)
  await town.close()
})

test('who may not read gets no receipts, and all revocations', async () => {
  const town = new Town()
  town.hub.partition([alice.did], [bob.did])
  const a = await town.node(alice)
  const b = await town.node(bob)
  await b.store.commit({ trusted: [alice.did] })
  await keep(a.store, await doubles([1, 2], alice))
  await a.store.commit({ revocations: [await revocationBy(alice, 1)] })
  town.hub.heal()
  await town.pass(20_000)
  expect(await namesIn(b.store)).toEqual([])
  expect(await b.store.listRevocations()).toHaveLength(1)
  expect(b.heard.filter(line => line.includes('lets this node read no receipts'))).toHaveLength(1)
  await town.close()
})

test('a partition in the middle loses nothing: what came is kept, and the next meeting goes on', async () => {
  const town = new Town()
  let wants = 0
  const parting: Answering = async (request, own) => {
    const answer = await own(request)
    if ('ok' in answer && answer.ok.type === 'container' && ++wants === 2) {
      town.hub.partition([alice.did], [bob.did])
    }
    return answer
  }
  const [a, b] = await apart(town, parting)
  await keep(a.store, await doubles(upTo(2500), alice))
  await keep(b.store, await doubles(upTo(10, 5000), bob))
  town.hub.heal()
  await town.pass(20_000)
  const inTheMiddle = (await namesIn(b.store)).length
  expect(inTheMiddle).toBeGreaterThan(10)
  expect(inTheMiddle).toBeLessThan(2510)
  town.hub.heal()
  await town.pass(20_000)
  await haveTheSame(a, b)
  expect(wants).toBeLessThanOrEqual(4)
  await town.close()
})

test('a network that loses, doubles and delays is no reason not to converge, and nobody is blamed', async () => {
  const town = new Town(7)
  const [a, b] = await apart(town)
  town.hub.faults = { ...town.hub.faults, drop: 0.3, duplicate: 0.3, delay: [0, 800] }
  await keep(a.store, await doubles(upTo(60), alice))
  await keep(b.store, await doubles(upTo(60, 40), bob))
  town.hub.heal()
  await town.pass(15 * 60_000)
  await haveTheSame(a, b)
  expect([...a.network.setAside(), ...b.network.setAside()]).toEqual([])
  await town.close()
})

test('what one island brings goes on to the next', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  const c = await town.node(carol, [alice, bob])
  await keep(a.store, await doubles([1, 2], alice))
  await keep(c.store, await doubles([3], carol))
  town.hub.partition([alice.did, bob.did], [carol.did])
  await town.pass(20_000)
  await haveTheSame(a, b)
  town.hub.partition([alice.did], [bob.did, carol.did])
  await town.pass(20_000)
  await haveTheSame(b, c)
  town.hub.heal()
  await town.pass(20_000)
  await haveTheSame(a, b, c)
  expect(await namesIn(a.store)).toHaveLength(3)
  await town.close()
})

test.each<[lie: string, Answering]>([
  ['claims receipts that it does not have', claiming],
  ['answers garbage', async () => ok({ type: 'reconcile', bytes: Uint8Array.of(1, 2, 3) })],
  ['brings what nobody asked for', bringing],
])('who %s is set aside, and nothing of it is kept', async (_, lie) => {
  const town = new Town()
  const [a, b] = await apart(town, lie)
  await keep(b.store, await doubles([1], bob))
  town.hub.heal()
  await town.pass(20 * 60_000)
  expect(b.network.setAside().map(([name]) => name)).toEqual([alice.did])
  expect(await namesIn(b.store)).toHaveLength(1)
  expect(a.network.setAside()).toEqual([])
  await town.close()
})

/** Says that it has a hundred receipts, other ones each time, and brings none. */
async function claiming(request: Parameters<Answering>[0], own: Parameters<Answering>[1]) {
  const answer = await own(request)
  if (!('ok' in answer) || answer.ok.type === 'container') return answer
  const claimed = crypto.getRandomValues(new Uint8Array(32 * 16))
  const digests = upTo(16)
    .map(n => claimed.subarray(n * 32, n * 32 + 32))
    .sort((x, y) => Buffer.compare(x, y))
  const list = Uint8Array.of(1, ...digests.flatMap(digest => [...digest]))
  return ok({ type: 'reconcile' as const, bytes: encode({ 'ipvm/reconcile/tell@1': [list] }) })
}

async function bringing(request: Parameters<Answering>[0], own: Parameters<Answering>[1]) {
  const claimed = await claiming(request, own)
  if ('ok' in claimed && claimed.ok.type === 'reconcile') return claimed
  const { writeContainer } = await import('@ipvm/ucan')
  const [receipt] = await doubles([8], alice)
  return ok({ type: 'container' as const, bytes: await writeContainer(receipt ? [receipt.bytes] : []) })
}

test('any two islands converge, whatever each had', async () => {
  const some = fc.uniqueArray(fc.nat(40), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(some, some, fc.nat(1000), fc.constantFrom(0, 0.2), async (ours, theirs, seed, drop) => {
      const town = new Town(seed)
      const [a, b] = await apart(town)
      await keep(a.store, await doubles(ours, alice))
      await keep(b.store, await doubles(theirs, bob))
      await keep(b.store, await doubles(ours.slice(0, 5), alice))
      town.hub.faults = { ...town.hub.faults, drop, delay: [0, 50] }
      town.hub.heal()
      await town.pass(15 * 60_000)
      await haveTheSame(a, b)
      expect(await namesIn(a.store)).toHaveLength(ours.length + theirs.length)
      await town.close()
    }),
    { numRuns: 12 },
  )
})

test('two nodes with much in common exchange no more than what they do not have in common is worth', async () => {
  const town = new Town()
  let bytes = 0
  const counting: Answering = async (request, own) => {
    const answer = await own(request)
    if (request.type !== 'reconcile' || !('ok' in answer) || answer.ok.type === 'container') return answer
    bytes += request.bytes.length + answer.ok.bytes.length
    return answer
  }
  const [a, b] = await apart(town, counting)
  const common = await doubles(upTo(2000), alice)
  for (const { store } of [a, b]) await keep(store, common)
  await keep(a.store, await doubles(upTo(10, 5000), alice))
  await keep(b.store, await doubles(upTo(10, 6000), bob))
  town.hub.heal()
  await town.pass(4000)
  await haveTheSame(a, b)
  // The ten that are brought are of these bytes, too, where Bob asks.
  expect(bytes).toBeLessThan(32 * 1024)
  await town.close()
})

test('islands that computed different things for one task keep both, and know it', async () => {
  const town = new Town()
  const [a, b] = await apart(town)
  b.result = () => 'nonsense'
  await town.until(a.double(1, 2))
  await town.until(b.double(1))
  town.hub.heal()
  await town.pass(20_000)
  await haveTheSame(a, b)
  for (const { store } of [a, b]) {
    const [one, ...more] = await store.listEquivocations()
    expect([one?.receipts.length, one?.refuted, more]).toEqual([2, [], []])
  }
  // Each goes on with its own.
  expect(await town.until(a.double(1))).toEqual([2])
  expect(await town.until(b.double(1))).toEqual(['nonsense'])
  await town.close()
})
