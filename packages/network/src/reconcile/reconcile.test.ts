import { createHash } from 'node:crypto'
import { encode, error, ok, type Result } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits, openNetwork } from '../index.ts'
import { memoryHub, memoryTransport } from '../memory/index.ts'
import { realWorld } from '../suite/harness.test-fixture.ts'
import { answerReconcile, DigestSet, reconcile, reconcileWith } from './index.ts'
import { readAsk, toldBytes, writeAsk, writeTold } from './message.ts'
import { placeBytes, readPlace } from './place.ts'

const digest = (n: number | string) => new Uint8Array(createHash('sha256').update(`digest ${n}`).digest())
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const hexes = (list: Iterable<Uint8Array>) => [...list].map(hex).sort()

function setOf(digests: Iterable<Uint8Array>): DigestSet {
  const set = new DigestSet()
  for (const one of digests) set.add(one)
  return set
}

/** Two sets that talk, with a count of what they say. */
async function differenceOf(mine: DigestSet, theirs: DigestSet, more: { differencesMax?: number } = {}) {
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))
  const send = async (bytes: Uint8Array) => answerReconcile(bytes, () => theirs)
  const difference = await reconcile(mine, { set: 's', random, send, ...more })
  if ('error' in difference) throw new Error(difference.error.message)
  return difference.ok
}

/** Digests of which many begin alike, as somebody may make them who tries often. */
const anyDigest = fc
  .tuple(fc.constantFrom(0, 3, 10, 31), fc.nat(400))
  .map(([alike, n]) => new Uint8Array([...new Uint8Array(alike).fill(7), ...digest(n)].slice(0, 32)))
const manyDigests = fc.array(anyDigest, { maxLength: 300 })

test('two sets find what they do not have in common, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(manyDigests, manyDigests, manyDigests, async (common, left, right) => {
      const [mine, theirs] = [setOf([...common, ...left]), setOf([...common, ...right])]
      const { need, have, isWhole } = await differenceOf(mine, theirs)
      expect(hexes(need)).toEqual(hexes(unique(right).filter(one => !mine.has(one))))
      expect(hexes(have)).toEqual(hexes(unique(left).filter(one => !theirs.has(one))))
      expect(isWhole).toBe(true)
    }),
    { numRuns: 200 },
  )
})

function unique(digests: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(digests.map(one => [hex(one), one])).values()]
}

test('a set is a set: what was added and removed, in any order, leaves the same hash as never', () => {
  // Few digests, so that many are removed again.
  const few = fc
    .tuple(fc.constantFrom(0, 3), fc.nat(20))
    .map(([alike, n]) => new Uint8Array([...new Uint8Array(alike), ...digest(n)].slice(0, 32)))
  const steps = fc.array(fc.tuple(fc.boolean(), few), { minLength: 50, maxLength: 400 })
  fc.assert(
    fc.property(steps, all => {
      const set = new DigestSet()
      const model = new Map<string, Uint8Array>()
      for (const [isAdded, one] of all) {
        expect(isAdded ? set.add(one) : set.delete(one)).toBe(isAdded !== model.has(hex(one)))
        if (isAdded) model.set(hex(one), one)
        else model.delete(hex(one))
      }
      const other = setOf([...model.values()].reverse())
      expect(set.size).toBe(model.size)
      expect(hex(set.at('').hash())).toBe(hex(other.at('').hash()))
      for (const one of model.values()) expect(set.has(one)).toBe(true)
    }),
  )
})

const common = Array.from({ length: 100_000 }, (_, n) => digest(n))

test('of 100,000 in common and 100 on each side that are not, less than 160 KiB are spoken, in few rounds', {
  timeout: 120_000,
}, async () => {
  const [mine, theirs] = [setOf(common), setOf(common)]
  const world = realWorld
  const hub = memoryHub({ world })
  const bob = await openNetwork({
    world,
    transports: [memoryTransport(hub, { name: 'bob' })],
    answer: async ({ type, bytes }) => {
      const told = answerReconcile(bytes, name => (name === 'receipts' ? theirs : undefined))
      return 'ok' in told ? ok({ type, bytes: told.ok }) : error({ name: 'Refused', message: told.error.message })
    },
  })
  const alice = await openNetwork({ world, transports: [memoryTransport(hub, { name: 'alice' })] })
  let [most, rounds] = [0, 0]
  await fc.assert(
    fc.asyncProperty(fc.nat(), async seed => {
      const [left, right] = ['a', 'b'].map(side =>
        Array.from({ length: 100 }, (_, n) => digest(`${side} ${seed} ${n}`)),
      )
      for (const one of left ?? []) mine.add(one)
      for (const one of right ?? []) theirs.add(one)
      const found = await reconcileWith(alice, 'memory:bob', mine, { set: 'receipts', random: world.random })
      if ('error' in found) throw new Error(found.error.message)
      expect(hexes(found.ok.need)).toEqual(hexes(right ?? []))
      expect(hexes(found.ok.have)).toEqual(hexes(left ?? []))
      expect(found.ok.bytes).toBeLessThan(160 * 1024)
      expect(found.ok.rounds).toBeLessThanOrEqual(6)
      most = Math.max(most, found.ok.bytes)
      rounds = Math.max(rounds, found.ok.rounds)
      for (const one of left ?? []) mine.delete(one)
      for (const one of right ?? []) theirs.delete(one)
    }),
    { numRuns: 20 },
  )
  expect(await reconcileWith(alice, 'memory:bob', mine, { set: 'receipts', random: world.random })).toMatchObject({
    ok: { rounds: 1, need: [], have: [] },
  })
  // Measured: 60,100 bytes in 4 rounds at most.
  expect([most < 70_000, rounds]).toEqual([true, 4])
  await Promise.all([alice.close(), bob.close()])
})

test('sets that are equal say so in a hundred bytes', async () => {
  const { bytes, rounds } = await differenceOf(setOf(common.slice(0, 5000)), setOf(common.slice(0, 5000)))
  expect(rounds).toBe(1)
  expect(bytes).toBeLessThan(160)
})

test('who has nothing learns of everything, and the other way round', async () => {
  const [none, all] = [new DigestSet(), setOf(common.slice(0, 20_000))]
  const learnt = await differenceOf(none, all)
  expect(learnt.need.length).toBe(20_000)
  // Little more than the digests themselves.
  expect(learnt.bytes).toBeLessThan(20_000 * 32 * 1.6)
  const told = await differenceOf(all, none)
  expect([told.have.length, told.rounds]).toEqual([20_000, 1])
})

test('with a limit of differences the next conversation goes on', async () => {
  const mine = new DigestSet()
  const theirs = setOf(common.slice(0, 3000))
  for (let turn = 0; mine.size < 3000; turn++) {
    const { need, isWhole } = await differenceOf(mine, theirs, { differencesMax: 500 })
    expect(need.length).toBeGreaterThan(0)
    expect(turn).toBeLessThan(8)
    for (const one of need) mine.add(one)
    expect(isWhole).toBe(mine.size === 3000)
  }
})

test('a change costs the hashes on its way only', () => {
  const set = setOf(common)
  const places = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))
  const hashes = () => places.map(place => set.at(place).hash())
  const before = hashes()
  const one = digest('new')
  set.add(one)
  // What did not change has the very hash that it had, which nobody made again.
  const changed = hashes().flatMap((hash, n) => (hash === before[n] ? [] : [places[n]]))
  expect(changed).toEqual([hex(one).slice(0, 2)])
})

const mine = setOf(common.slice(0, 3000))
const talk = (send: (bytes: Uint8Array) => Result<Uint8Array>) =>
  reconcile(mine, { set: 's', random: count => new Uint8Array(count), send: async bytes => send(bytes) })

test('one whose fingerprints are all wrong is left after some thousand places', async () => {
  let asked = 0
  const liar = await talk(bytes => {
    const ask = readAsk(bytes)
    if ('error' in ask) throw new Error('we ask what can be read')
    asked += ask.ok.places.length
    const wrong = (place: string) =>
      new Map([...'0123456789abcdef'].map(nibble => [place + nibble, crypto.getRandomValues(new Uint8Array(8))]))
    return ok(
      writeTold(ask.ok.places.slice(0, 300).map(place => toldBytes(place, { kind: 'parts', parts: wrong(place) }))),
    )
  })
  expect(liar).toMatchObject({ error: { name: 'EndlessTalk' } })
  expect(asked).toBeLessThan(limits.reconcileAsksFree * 4)
})

test('one who never gets anywhere is left', async () => {
  expect(await talk(() => ok(writeTold([])))).toMatchObject({ error: { name: 'EndlessTalk' } })
})

test('one who invents digests is believed no further than the limit', async () => {
  let n = 0
  const liar = await reconcile(new DigestSet(), {
    set: 's',
    random: count => new Uint8Array(count),
    differencesMax: 1000,
    send: async bytes => {
      const ask = readAsk(bytes)
      if ('error' in ask) return ask
      return ok(
        writeTold(
          ask.ok.places.slice(0, 100).map(place => {
            if (place.length < 4) {
              const parts = new Map([...'0123456789abcdef'].map(nibble => [place + nibble, digest(n++).subarray(0, 8)]))
              return toldBytes(place, { kind: 'parts', parts })
            }
            const start = Buffer.from(place, 'hex')
            const invented = Uint8Array.from([...start, ...digest(n++)].slice(0, 32))
            const list = [String.fromCharCode(...invented)]
            return toldBytes(place, { kind: 'list', digests: place.length % 2 === 0 ? list : [] })
          }),
        ),
      )
    },
  })
  expect(liar).toMatchObject({ ok: { isWhole: false } })
  expect('ok' in liar && liar.ok.need.length).toBeLessThanOrEqual(1000)
})

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array(0)],
  ['garbage', Uint8Array.of(1, 2, 3)],
  ['an ask', writeAsk({ set: 's', salt: new Uint8Array(16), places: [''] })],
  ['more answers than questions', writeTold([Uint8Array.of(0), Uint8Array.of(0)])],
  ['an unknown kind', writeTold([Uint8Array.of(9)])],
  ['half a digest', writeTold([Uint8Array.of(1, 2, 3)])],
  ['a list out of order', writeTold([Uint8Array.from([1, ...digest(1).fill(9), ...digest(1).fill(8)])])],
  ['a digest twice', writeTold([Uint8Array.from([1, ...digest(1), ...digest(1)])])],
  ['too long a list', writeTold([new Uint8Array(1 + 32 * 17)])],
  ['fingerprints of nothing', writeTold([Uint8Array.of(2, 1, 0, 0)])],
  ['fewer fingerprints than it says', writeTold([Uint8Array.of(2, 1, 255, 0, 1, 2, 3)])],
  ['three levels', writeTold([Uint8Array.of(2, 3, 255, 0, 1, 2, 3)])],
  ['too much', writeTold([new Uint8Array(100_000)])],
])('%s is no answer', async (_what, bytes) => {
  expect(await talk(() => ok(bytes))).toMatchObject({ error: { name: 'MalformedMessage' } })
})

test.each<[string, Uint8Array]>([
  ['garbage', Uint8Array.of(1, 2, 3)],
  ['no salt', encode({ 'ipvm/reconcile/ask@1': { set: 's', at: [] } })],
  [
    'a place that is too deep',
    encode({ 'ipvm/reconcile/ask@1': { set: 's', salt: new Uint8Array(16), at: [new Uint8Array(34).fill(65)] } }),
  ],
  [
    'a place with more bits',
    encode({ 'ipvm/reconcile/ask@1': { set: 's', salt: new Uint8Array(16), at: [Uint8Array.of(1, 0x11)] } }),
  ],
  ['too many places', writeAsk({ set: 's', salt: new Uint8Array(16), places: new Array(1025).fill('') })],
  ['another field', encode({ 'ipvm/reconcile/ask@1': { set: 's', salt: new Uint8Array(16), at: [], x: 1 } })],
])('%s is no question', (_what, bytes) => {
  expect(answerReconcile(bytes, () => mine)).toMatchObject({ error: { name: 'MalformedMessage' } })
})

test('no bytes make either side throw, and an answer is never larger than a message', async () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void answerReconcile(bytes, () => mine)))
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      const list = fc.sample(fc.uint8Array({ maxLength: 80 }), 1)
      await talk(() => ok(bytes))
      await talk(() => ok(writeTold(list)))
    }),
  )
  const places = Array.from({ length: 1024 }, (_, n) => n.toString(16).padStart(2, '0').slice(-2))
  const told = answerReconcile(writeAsk({ set: 's', salt: new Uint8Array(16), places }), () =>
    setOf(common.slice(0, 60_000)),
  )
  expect('ok' in told && told.ok.length).toBeLessThan(limits.reconcileMessageBytesMax + 1024)
  expect(answerReconcile(writeAsk({ set: 'x', salt: new Uint8Array(16), places }), () => undefined)).toMatchObject({
    error: { name: 'NoSuchSet' },
  })
})

test('places read back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{0,64}$/), place => {
      expect(readPlace(placeBytes(place))).toBe(place)
    }),
  )
})

test('the bytes are these, for good', () => {
  expect(hex(writeAsk({ set: 'receipts', salt: new Uint8Array(16), places: ['', 'a', 'ab'] }))).toMatchInlineSnapshot(
    `"a1746970766d2f7265636f6e63696c652f61736b4031a36261748341004201a04202ab637365746872656365697074736473616c745000000000000000000000000000000000"`,
  )
  const set = setOf(Array.from({ length: 40 }, (_, n) => digest(n)))
  const told = answerReconcile(writeAsk({ set: 's', salt: new Uint8Array(16), places: ['', 'a'] }), () => set)
  expect('ok' in told && hex(told.ok)).toMatchInlineSnapshot(
    `"a1756970766d2f7265636f6e63696c652f74656c6c40318258740201fbfe0a79a9e9770633946b5dd50d39769f3b1d020eda37a5bcd1ba3268c81a0cc86f8fc26a3c897258036c18485119563b6255ed4f48a1167c731e76747746a7f92c18e413871904a02c7978ba35ccf7f6a9185b7a87a684bffae0fb1d14c0924b81abae192645aacf9806a1c26fc6e32907582101ad9f83e41e951b846314555987365ff8b4bc34f81e7dbe712d365e4cb02c0a79"`,
  )
})
