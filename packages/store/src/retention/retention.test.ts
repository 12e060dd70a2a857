import { blockOf, nameOf, type Block } from '@ipvm/ipld'
import { bob, carol } from '@ipvm/testing'
import { revokeName } from '@ipvm/ucan'
import { assertName } from '@ipvm/ucan/name'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryStore } from '../memory/store.ts'
import { openSqliteStore } from '../sqlite/store.ts'
import { Shelf, unreadable } from '../shelf.test-fixture.ts'

const week = 604_800

test('without a quota only what nothing refers to goes, and not before it was unused for a week', async () => {
  const shelf = new Shelf()
  const loose = await shelf.putFile(1)
  const { last } = await shelf.run(2, 3)
  expect((await shelf.collect()).removed.blocks).toBe(0)
  shelf.now += week
  const young = await shelf.putFile(3)
  const { removed, before } = await shelf.collect()
  expect([removed.blocks, removed.receipts]).toEqual([1, 0])
  expect(before.receipts).toBe(3)
  expect(await shelf.has(loose, young, last?.cid)).toEqual([false, true, true])
  expect(await unreadable(shelf.store)).toEqual([])
})

test('where a quota is crossed, what was used longest ago goes first; what is pinned stays, and all it needs', async () => {
  const shelf = new Shelf()
  const [a, b, c] = [await shelf.run(1, 4), await shelf.run(2, 4), await shelf.run(3, 4)]
  await shelf.store.commit({ pinned: [a.workflow] })
  shelf.now += week
  const plan = await shelf.collect({ receiptsMax: 8, isDryRun: true })
  expect(await shelf.has(a.last?.cid, b.last?.cid, c.last?.cid)).toEqual([true, true, true])
  const done = await shelf.collect({ receiptsMax: 8 })
  expect(done).toEqual(plan)
  expect(done).toMatchObject({ removed: { receipts: 4 }, runs: 1, isOverQuota: false })
  expect(await shelf.has(a.last?.cid, b.last?.cid, c.last?.cid, b.file, b.workflow)).toEqual([
    true,
    false,
    true,
    false,
    false,
  ])
  expect(await shelf.store.run(b.run)).toBeUndefined()
  expect(b.last && (await shelf.store.resultsFor(b.last.ran, 'p'))).toEqual([])
  expect(await unreadable(shelf.store)).toEqual([])
  await shelf.store.commit({ unpinned: [a.workflow] })
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ runs: 2, isOverQuota: false })
  expect((await shelf.store.listBlocks({ limit: 1 })).items).toEqual([])
})

test('a receipt that goes on being used stays, however old it is; so does what it was made from', async () => {
  const shelf = new Shelf()
  const old = await shelf.run(1, 3)
  await shelf.run(2, 3)
  shelf.now += week
  // A later run reuses the old one's last receipt.
  const later = await shelf.run(3, 1, { from: old.last })
  shelf.now += week
  await shelf.collect({ receiptsMax: 4 })
  expect((await shelf.store.listReceipts({ limit: 9 })).items.length).toBe(4)
  expect(await shelf.has(old.last?.cid, later.last?.cid)).toEqual([true, true])
  expect(await unreadable(shelf.store)).toEqual([])
})

test('what a run under way may come to need stays: as long as it goes on no receipt goes', async () => {
  const shelf = new Shelf()
  const old = await shelf.run(1, 3)
  const going = await shelf.run(2, 1, { isUnderWay: true })
  const loose = await shelf.putFile(9)
  shelf.now += 2 * week
  const done = await shelf.collect({ bytesMax: 0 })
  expect(done).toMatchObject({ heldBy: 'runs under way', isOverQuota: true, removed: { blocks: 1, receipts: 0 } })
  expect(await shelf.has(old.last?.cid, going.file, loose)).toEqual([true, true, false])
})

test('a run that is suspended keeps all that it has, and was about to do, and lets others go', async () => {
  const shelf = new Shelf()
  const old = await shelf.run(1, 3)
  const held = await shelf.run(2, 2, { isUnderWay: true })
  const [about, awaited] = [await shelf.putFile(8), await shelf.putFile(9)]
  const events = [
    { type: 'intent', label: 'send', task: about, attempt: 1 },
    { type: 'waiting', label: 'later', target: awaited, until: 1 },
    { type: 'reopened', labels: ['t0', 't1'] },
    { type: 'suspended' },
  ] as const
  await shelf.store.commit({ journal: events.map((event, i) => ({ run: held.run, seq: i + 3, at: 1, event })) })
  shelf.now += 2 * week
  const done = await shelf.collect({ bytesMax: 0 })
  expect(done).toMatchObject({ isOverQuota: true, removed: { receipts: 3 } })
  expect(await shelf.has(old.last?.cid, held.last?.cid, held.file, about, awaited)).toEqual([
    ...[false, true, true, true, true],
  ])
  expect(await unreadable(shelf.store)).toEqual([])
})

test('the delegations that came with a run stay with it', async () => {
  const shelf = new Shelf()
  const { run } = await shelf.run(1, 1, { isUnderWay: true })
  const [proof] = (await shelf.store.run(run))?.delegations ?? []
  shelf.now += 2 * week
  await shelf.collect({ bytesMax: 0 })
  expect(await shelf.has(proof)).toEqual([true])
})

test('what is to be run later stays, and so does what values and what people say refer to', async () => {
  const shelf = new Shelf()
  const workflow = await shelf.putFile(1, 3000)
  const inValue = await shelf.putFile(2, 3000)
  const said = await shelf.putFile(3, 3000)
  const loose = await shelf.putFile(4, 3000)
  const schedule = blockOf({ 'ipvm/schedule@1': { workflow } })
  const { run } = await shelf.run(5, 1)
  const value = blockOf({ picture: inValue, list: [1, 'two'] })
  await shelf.store.commit({
    blocks: [schedule],
    schedules: [{ schedule: schedule.cid, workflow, missed: 0 }],
    kv: [
      { key: 'a', value: value.bytes, version: 1 },
      { key: 'b', value: Uint8Array.of(255), version: 1 },
    ],
    requests: [{ run, request: { type: 'settle', label: 't', out: { ok: said } } }],
  })
  shelf.now += 2 * week
  await shelf.collect({ bytesMax: 0 })
  const all = [schedule.cid, workflow, inValue, said, loose]
  expect(await shelf.has(...all)).toEqual([true, true, true, true, false])
})

test('a run that begins meanwhile ends it; nothing that it may need goes after that', async () => {
  const shelf = new Shelf()
  await shelf.run(1, 3)
  shelf.now += week
  const { store } = shelf
  const pins = store.pins
  store.pins = async () => {
    await shelf.run(2, 1)
    return pins()
  }
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ heldBy: 'a run that began', removed: { blocks: 0 } })
  expect(await unreadable(store)).toEqual([])
})

test('revocations stay, and what was used just now', async () => {
  const shelf = new Shelf()
  const revocation = await revokeName(nameOf('delegation'), bob)
  await shelf.store.commit({ revocations: [revocation] })
  shelf.now += week
  const { last } = await shelf.run(1, 1)
  expect(await shelf.collect({ bytesMax: 0 })).toMatchObject({ isOverQuota: true, removed: { blocks: 0 } })
  await shelf.collect({ bytesMax: 0, unusedSeconds: 0 })
  expect(await shelf.has(revocation.cid, last?.cid)).toEqual([true, false])
})

test('a name stays, whoever gave it: its record, its module with the source map, and what else the record names', async () => {
  const shelf = new Shelf()
  const [mod, wit, map, source] = [
    await shelf.putFile(1),
    await shelf.putFile(2),
    await shelf.putFile(3),
    await shelf.putFile(4),
  ]
  const loose = await shelf.putFile(5)
  const looseMap = await shelf.putFile(6, 3_000_000)
  const own = await assertName({ name: 'image', mod, seq: 1, wit, source }, bob)
  const replaced = await assertName({ name: 'crop', mod: await shelf.putFile(7), seq: 1, wit: '' }, carol)
  const added = await assertName({ name: 'crop', mod: await shelf.putFile(8), seq: 2, wit: '' }, carol)
  const sourceMaps = [
    { mod, map },
    { mod: loose, map: looseMap },
  ]
  const localNames = [{ local: 'crop', record: added.cid }]
  await shelf.store.commit({ names: [own, replaced, added], localNames, sourceMaps })
  shelf.now += week
  await shelf.collect({ bytesMax: 0 })
  expect(await unreadable(shelf.store)).toEqual([])
  expect(await shelf.has(own.cid, mod, wit, map, source)).toEqual([true, true, true, true, true])
  expect(await shelf.has(added.cid, added.mod, replaced.cid, replaced.mod)).toEqual([true, true, true, true])
  expect(await shelf.has(loose, looseMap)).toEqual([false, false])
  expect((await shelf.store.listBlocks({ limit: 99 })).items.length).toBe(9)
  expect(await shelf.store.sourceMap(mod)).toEqual(map)
  expect(await shelf.store.sourceMap(loose)).toBeUndefined()
})

test('what a local name stands for stays, also where the store has no other record of that name', async () => {
  const shelf = new Shelf()
  const mod = await shelf.putFile(1)
  const record = await assertName({ name: 'image', mod, seq: 1, wit: '' }, carol)
  const blocks = [{ cid: record.cid, bytes: record.bytes }]
  await shelf.store.commit({ blocks, localNames: [{ local: 'image', record: record.cid }] })
  shelf.now += week
  await shelf.collect({ bytesMax: 0 })
  expect(await shelf.has(record.cid, mod)).toEqual([true, true])
})

type Step = readonly [kind: 'file' | 'run' | 'on' | 'pin' | 'unpin' | 'wait' | 'gc', n: number, quota: number]

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('file', 'run', 'run', 'on', 'pin', 'pin', 'unpin', 'wait', 'gc', 'gc'),
  fc.nat(30),
  fc.nat(30_000),
)

async function take(shelf: Shelf, [kind, n, quota]: Step): Promise<void> {
  const { store, workflows, files, receipts } = shelf
  const pinnable = [...workflows, ...files, ...receipts.map(({ cid }) => cid)]
  const one = pinnable[n % Math.max(1, pinnable.length)]
  if (kind === 'file') await shelf.putFile(n)
  if (kind === 'run') await shelf.run(n, (n % 4) + 1)
  if (kind === 'on') {
    const from = receipts[n % Math.max(1, receipts.length)]
    await shelf.run(n + 100, 2, from && (await store.hasBlock(from.cid)) ? { from } : {})
  }
  if (kind === 'pin' && one && (await store.hasBlock(one))) await store.commit({ pinned: [one] })
  if (kind === 'unpin' && one) await store.commit({ unpinned: [one] })
  if (kind === 'wait') shelf.now += n * 3600
  if (kind === 'gc')
    await shelf.collect(
      n % 3 === 0 ? {} : n % 3 === 1 ? { bytesMax: quota } : { receiptsMax: n, unusedSeconds: n * 100 },
    )
}

test.each([
  ['a memory store', 60, openMemoryStore],
  ['a SQLite store', 15, (options: { now: () => number }) => openSqliteStore(':memory:', options)],
])(
  'whatever is put, run, pinned and collected in %s, all that is pinned or kept can be read',
  async (_name, numRuns, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
        const shelf = new Shelf(open)
        for (const some of steps) {
          await take(shelf, some)
          // Names of tasks that were only awaited are links, too, and stand for nothing that is stored.
          expect(await unreadable(shelf.store)).toEqual([])
        }
        await shelf.store.close()
      }),
      { numRuns },
    )
  },
)

test('stopped after any of its steps, it has left nothing without what it needs', async () => {
  for (let stop = 0; stop < 30; stop++) {
    const shelf = new Shelf()
    const first = await shelf.run(1, 3)
    await shelf.run(2, 4, { from: first.last })
    const third = await shelf.run(3, 2)
    await shelf.store.commit({ pinned: [third.workflow] })
    shelf.now += week
    const remove = shelf.store.remove
    let steps = 0
    shelf.store.remove = async removal => {
      if (steps++ === stop) throw new Error('the power fails')
      return remove(removal)
    }
    await shelf.collect({ bytesMax: 0, stepItems: 1 }).catch(() => {})
    expect(await unreadable(shelf.store)).toEqual([])
  }
})

test('the same store and the same quota let the same things go in the same order', async () => {
  const order = async () => {
    const shelf = new Shelf()
    for (let n = 0; n < 6; n++) await shelf.run(n, 2)
    shelf.now += week
    const gone: string[] = []
    const remove = shelf.store.remove
    shelf.store.remove = async removal => {
      const { runs = [], receipts = [], blocks = [] } = removal
      gone.push(...[...runs, ...receipts, ...blocks].map(String))
      return remove(removal)
    }
    await shelf.collect({ receiptsMax: 5 })
    return gone
  }
  const gone = await order()
  expect(gone.length).toBeGreaterThan(8)
  expect(await order()).toEqual(gone)
})

test('what cannot be decoded links to nothing, and does not stop it', async () => {
  const shelf = new Shelf()
  const damaged: Block = { cid: nameOf('x'), bytes: Uint8Array.of(255) }
  await shelf.store.commit({ blocks: [damaged], pinned: [damaged.cid] })
  shelf.now += week
  await shelf.collect({ bytesMax: 0 })
  expect(await shelf.has(damaged.cid)).toEqual([true])
})

test('what a trigger needs stays: its document, its workflow, and the events that were not delivered', async () => {
  const shelf = new Shelf()
  const [document, workflow] = [await shelf.putFile(1), await shelf.putFile(2)]
  const [waiting, dead, done] = [await shelf.putFile(3), await shelf.putFile(4), await shelf.putFile(5)]
  const came = (id: string, event: typeof dead) => {
    return { trigger: document, id, event, at: shelf.now * 1000, state: 'waiting', attempts: 0 } as const
  }
  await shelf.store.commit({
    triggers: [{ name: 'hook', trigger: document, workflow }],
    events: [came('a', waiting), { ...came('b', dead), state: 'dead' }, { ...came('c', done), state: 'delivered' }],
  })
  shelf.now += 2 * week
  await shelf.collect({ bytesMax: 0 })
  expect(await shelf.has(document, workflow, waiting, dead, done)).toEqual([true, true, true, true, false])
  // As long as somebody may send it again it is known; what nobody delivered, and who was told of it, stays longer.
  expect(await shelf.store.inboxCounts(document)).toEqual({ waiting: 1, delivered: 1, dead: 1 })
  shelf.now += 3 * week
  await shelf.collect()
  expect(await shelf.store.inboxCounts(document)).toEqual({ waiting: 1, delivered: 0, dead: 1 })
  shelf.now += 9 * week
  await shelf.collect()
  expect(await shelf.store.inboxCounts(document)).toEqual({ waiting: 1, delivered: 0, dead: 0 })
  await shelf.store.commit({ untriggered: [document] })
  shelf.now += 2 * week
  await shelf.collect()
  expect(await shelf.has(document, workflow, waiting)).toEqual([false, false, false])
})
