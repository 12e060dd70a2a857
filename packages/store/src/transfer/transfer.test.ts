import { blockOf, CID, decodeCar, encodeCar, nameOf, rawBlock, type Block } from '@ipvm/ipld'
import { bob, carol } from '@ipvm/testing'
import { delegate, issueReceipt, revoke } from '@ipvm/ucan'
import { assertName } from '@ipvm/ucan/name'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openMemoryStore } from '../memory/store.ts'
import { collectGarbage } from '../retention/collect.ts'
import { all } from '../retention/pages.ts'
import { settledBy } from '../settled-by.ts'
import { Shelf, unreadable } from '../shelf.test-fixture.ts'
import { openSqliteStore } from '../sqlite/store.ts'
import type { Store } from '../store.ts'
import { exportStore } from './export.ts'
import { importInto } from './import.ts'

const amounts = { gas: 1, memory: 2, output: 3, disk: 4, time: 0.5 }
const nonce = new Uint8Array(16).fill(7)

async function exported(store: Store, of: 'all' | CID = 'all', onDamaged?: (cid: CID) => void): Promise<Uint8Array> {
  const car = await exportStore(store, { of, nonce, ...(onDamaged && { onDamaged }) })
  if ('error' in car) throw new Error(car.error.message)
  const parts: Uint8Array[] = []
  for await (const part of car.ok) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

const blocksIn = (car: Uint8Array): readonly Block[] => {
  const read = decodeCar(car)
  if ('error' in read) throw new Error(read.error.message)
  return read.ok.blocks
}

/** The same blocks as a CAR again, after a change. */
function changed(car: Uint8Array, change: (blocks: readonly Block[]) => readonly Block[]): Uint8Array {
  const blocks = blocksIn(car)
  return encodeCar([(blocks[0] ?? rawBlock(car)).cid], change(blocks))
}

/** Keys in one order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** All that can be asked of a store, to compare two of them. */
async function told(store: Store): Promise<unknown> {
  const receipts = await all(page => store.listReceipts(page), 100)
  const blocks = await all(page => store.listBlocks(page), 100)
  const runs = await store.runs(100)
  return {
    blocks: blocks.map(({ cid, size }) => `${cid} ${size}`).sort(),
    receipts: receipts.map(String),
    reports: await Promise.all(receipts.map(cid => store.report(cid))),
    runs: await Promise.all(
      runs.map(async ({ run }) => JSON.stringify({ ...(await store.run(run)), owner: '' }, sorted)),
    ),
    pins: (await store.pins()).map(String),
    names: (await store.listNames()).map(String),
    revocations: (await store.listRevocations()).map(String),
  }
}

async function filled(): Promise<Shelf> {
  const shelf = new Shelf()
  const one = await shelf.run(1, 3)
  await shelf.run(2, 2, { from: one.last })
  await shelf.putFile(3, 2_500_000)
  const delegation = await delegate(
    { aud: carol.did, sub: bob.did, cmd: '/x', nonce: new Uint8Array(12), exp: null },
    bob,
  )
  const { envelope } = delegation
  const [file] = shelf.files
  const names = [await assertName({ name: 'image', mod: file ?? nameOf(0), seq: 3, wit: '' }, carol)]
  const report = { receipt: one.last?.cid ?? nameOf(0), used: amounts, limits: amounts, log: '', stack: ['divide'] }
  await shelf.store.commit({ names, reports: [report], localNames: [{ local: 'image', record: nameOf('here') }] })
  await shelf.store.commit({ blocks: [envelope], revocations: [await revoke(delegation, bob)], pinned: [one.workflow] })
  return shelf
}

test.each([
  ['memory', openMemoryStore],
  ['SQLite', () => openSqliteStore(':memory:')],
])('all of a store is there in another one, in %s; a second time it brings nothing new', async (_name, open) => {
  const { store } = await filled()
  const car = await exported(store)
  const there = open()
  const first = await importInto(there, [car])
  expect(first).toMatchObject({ ok: { receipts: 5, newReceipts: 5, runs: 2, newRuns: 2 } })
  expect('ok' in first && first.ok.newBlocks).toBe('ok' in first && first.ok.blocks)
  expect('ok' in first && [...first.ok.executors]).toEqual([[bob.did, 5]])
  expect(await told(there)).toEqual(await told(store))
  expect(await importInto(there, [car])).toMatchObject({ ok: { newBlocks: 0, newReceipts: 0, newRuns: 0 } })
  expect(await told(there)).toEqual(await told(store))
  expect(await exported(there)).toEqual(car)
  await there.close()
})

test('records of names travel with all, and none with a part; what a local name stands for is nobody else’s to say', async () => {
  const { store, workflows } = await filled()
  const there = openMemoryStore()
  const known = await assertName({ name: 'image', mod: nameOf('another module'), seq: 3, wit: '' }, carol)
  await there.commit({ names: [known] })
  await importInto(there, [await exported(store)])
  expect((await there.names(carol.did, 'image')).map(({ record }) => String(record))).toEqual([String(known.cid)])
  const fresh = openMemoryStore()
  await importInto(fresh, [await exported(store, workflows[0])])
  expect(await fresh.listNames()).toEqual([])
  await importInto(fresh, [await exported(store)])
  expect((await fresh.names(carol.did, 'image')).map(({ seq }) => seq)).toEqual([3])
  expect(await fresh.localNames()).toEqual([])
})

test('results are found again by the names that the receipts themselves tell, and not trusted for being there', async () => {
  const shelf = new Shelf()
  const { last } = await shelf.run(1, 3)
  const there = openMemoryStore()
  await importInto(there, [await exported(shelf.store)])
  for (const name of [last?.ran, last?.as]) {
    expect((await there.resultsFor(name ?? nameOf(0), 'p')).map(String)).toEqual([String(last?.cid)])
  }
  expect(await there.trusts(bob.did)).toBe(false)
})

test('what was asked for holds for one run alone where something that went in does so', async () => {
  const { store } = new Shelf()
  const fact = await issueReceipt({ ran: nameOf('today'), out: { ok: 1 }, exp: null }, bob)
  const names = { ran: nameOf('asked'), as: nameOf('resolved'), from: [fact.cid] }
  const sum = await issueReceipt({ ...names, out: { ok: 2 }, profile: 'p', exp: null }, bob)
  const late = await issueReceipt({ ran: nameOf('late'), out: { ok: 3 }, profile: 'p', exp: 5 }, bob)
  await store.commit({ receipts: [fact, sum, late] })
  const there = openMemoryStore()
  await importInto(there, [await exported(store)])
  expect((await there.resultsFor(names.as, 'p')).length).toBe(1)
  expect(await there.resultsFor(names.ran, 'p')).toEqual([])
  expect(await there.resultsFor(nameOf('late'), 'p')).toEqual([])
})

test('a workflow travels with all that it needs, and without what it does not', async () => {
  const shelf = await filled()
  const [, second] = shelf.workflows
  if (!second) throw new Error('there are two')
  const there = openMemoryStore()
  await importInto(there, [await exported(shelf.store, second)])
  expect(await unreadable(there)).toEqual([])
  const run = await there.runOf(second)
  expect(run?.settled.length).toBe(2)
  // The three receipts of the first workflow are in it, being what the second was made from; its run is not.
  expect((await there.listReceipts({ limit: 10 })).items.length).toBe(5)
  expect((await there.runs(10)).length).toBe(1)
  expect(await there.listRevocations()).toEqual([])
  expect(await there.pins()).toEqual([])
  expect((await exported(shelf.store, second)).length).toBeLessThan(100_000)
  const missing = await exportStore(shelf.store, { of: nameOf('nothing'), nonce })
  expect(missing).toMatchObject({ error: { name: 'MissingBlock', message: expect.stringContaining('or all') } })
})

test('a byte flipped, or bytes that are missing, are refused by one sentence; what was verified stays', async () => {
  const shelf = new Shelf()
  await shelf.run(1, 2)
  const car = await exported(shelf.store)
  await fc.assert(
    fc.asyncProperty(fc.nat(car.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const broken = car.slice()
      broken[at] = (broken[at] ?? 0) ^ flip
      const there = openMemoryStore()
      const done = await importInto(there, [broken])
      // The codec of a name is no part of the hash: under another one the bytes are right, and nobody's.
      if ('ok' in done) expect(await told(there)).not.toEqual(await told(shelf.store))
      else expect(['MalformedCar', 'CorruptBlock', 'NotAnExport', 'DamagedExport']).toContain(done.error.name)
    }),
    { numRuns: 300, examples: [[6615, 1]] },
  )
  const ends = [...blocksIn(car).keys()].map(count =>
    encodeCar([blocksIn(car)[0]?.cid ?? nameOf(0)], blocksIn(car).slice(0, count + 1)),
  )
  for (const part of ends.slice(0, -1)) {
    const done = await importInto(openMemoryStore(), [part])
    expect(done).toMatchObject({ error: { name: 'DamagedExport', message: expect.stringContaining('ends too early') } })
  }
})

test('a file of something else is refused by name', async () => {
  const there = openMemoryStore()
  const block = rawBlock(Uint8Array.of(1))
  expect(await importInto(there, [new TextEncoder().encode('PK zip archive')])).toMatchObject({
    error: { name: 'MalformedCar' },
  })
  for (const car of [encodeCar([block.cid], [block]), encodeCar([], []), encodeCar([block.cid], [])]) {
    expect(await importInto(there, [car])).toMatchObject({ error: { name: 'NotAnExport' } })
  }
  const newer = blockOf({ 'ipvm/export@1': { v: 3, of: 'all', nonce } })
  expect(await importInto(there, [encodeCar([newer.cid], [newer])])).toMatchObject({
    error: { name: 'NotAnExport', message: expect.stringContaining('update ipvm') },
  })
  expect((await there.listBlocks({ limit: 1 })).items).toEqual([])
})

test('content that looks like a record is content, and changes nothing', async () => {
  const { store } = new Shelf()
  const receipt = nameOf('someone’s receipt')
  const amounts = { gas: 1, memory: 1, output: 1, disk: 1, time: 1 }
  const reports = [{ receipt, used: amounts, limits: amounts, log: 'forged' }]
  const forged = blockOf({ 'ipvm/export@1': { export: nameOf('a root'), kind: 'reports', content: reports } })
  await store.commit({ blocks: [forged] })
  const there = openMemoryStore()
  expect(await importInto(there, [await exported(store)])).toHaveProperty('ok')
  expect(await there.hasBlock(forged.cid)).toBe(true)
  expect(await there.report(receipt)).toBeUndefined()
})

test('a receipt that its executor did not sign, one that is missing, and a run that nobody asked for are refused', async () => {
  const shelf = new Shelf()
  const { last, workflow } = await shelf.run(1, 1)
  if (!last) throw new Error('it ran')
  const car = await exported(shelf.store)
  const root = blocksIn(car)[0]?.cid ?? nameOf(0)
  const forged = (() => {
    const bytes = last.bytes.slice()
    bytes[10] = (bytes[10] ?? 0) ^ 1
    return rawBlock(bytes)
  })()
  const asCbor = { cid: CID.createV1(0x71, forged.cid.multihash), bytes: forged.bytes }
  const record = (kind: string, content: Parameters<typeof blockOf>[0]) =>
    blockOf({ 'ipvm/export@1': { export: root, kind, content } })
  const withRecord = (...more: Block[]) => changed(car, blocks => [...blocks.slice(0, -1), ...more])
  const start = { run: last.cid, invocation: last.cid, delegations: [], workflow, tasks: 1, at: 5 }
  const run = { ...start, entries: 0, whole: true }
  const [own] = await shelf.store.runs(1)
  if (!own) throw new Error('it ran')
  const good = { ...run, run: own.run, invocation: own.invocation, entries: 1 }
  const settled = { type: 'settled', label: 't', task: last.ran, how: 'ran', receipt: nameOf('away'), milliseconds: 1 }
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [withRecord(asCbor, record('receipts', [asCbor.cid])), 'does not verify'],
    [withRecord(record('receipts', [nameOf('nowhere')])), 'and missing'],
    [withRecord(record('receipts', 5)), 'is none'],
    [withRecord(record('revocations', [last.cid])), 'does not verify'],
    [withRecord(record('names', [last.cid])), 'the name record'],
    [
      withRecord(record('reports', [{ receipt: last.cid, used: amounts, limits: amounts, log: '', stack: [5] }])),
      'a report',
    ],
    [withRecord(record('run', run)), 'is of another workflow'],
    [withRecord(record('run', { ...run, invocation: nameOf('x') })), 'has no invocation'],
    [withRecord(record('run', { ...good, run: nameOf('x') })), 'is that of another invocation'],
    [withRecord(record('run', { ...good, entries: 250_001 })), 'at most 250000 are read'],
    [withRecord(record('run', good), record('journal', [{ at: 1, event: settled }])), 'misses the receipt'],
    [withRecord(record('run', good), record('journal', [{ at: 1, event: { type: 'x' } }])), 'cannot be read'],
    [withRecord(record('run', good), record('run', good)), 'is cut off'],
    [withRecord(record('journal', [])), 'of no run'],
    [withRecord(record('kv', [{ key: 'a', value: 'text', version: 1 }])), 'a value'],
    [withRecord(record('schedules', [{ schedule: 'x' }])), 'a schedule'],
    [withRecord(record('run', { ...run, at: -1 })), 'cannot be read'],
    [withRecord(record('reports', [{ receipt: last.cid }])), 'cannot be read'],
    [withRecord(record('end', 1)), 'blocks where it had 1'],
    [changed(car, blocks => [...blocks, rawBlock(Uint8Array.of(1))]), 'goes on after its end'],
    [changed(car, blocks => [...blocks.slice(0, 1), ...blocks.slice(2)]), 'blocks where it had'],
  ]
  for (const [bytes, problem] of cases) {
    const done = await importInto(openMemoryStore(), [bytes])
    expect(done).toMatchObject({ error: { message: expect.stringContaining(problem) } })
  }
})

test('our own report and our own run are not replaced by those of a file', async () => {
  const shelf = new Shelf()
  const { run, last } = await shelf.run(1, 1)
  const car = await exported(shelf.store)
  const amounts = { gas: 9, memory: 9, output: 9, disk: 9, time: 9 }
  const own = { used: amounts, limits: amounts, log: 'ours' }
  await shelf.store.commit({ reports: [{ receipt: last?.cid ?? nameOf(0), ...own }] })
  expect(await importInto(shelf.store, [car])).toHaveProperty('ok')
  expect(await shelf.store.report(last?.cid ?? nameOf(0))).toEqual(own)
  expect((await shelf.store.run(run))?.owner).toBe('me')
})

test('an import that was cut off is taken up again', async () => {
  const shelf = await filled()
  const car = await exported(shelf.store)
  for (const part of [0.3, 0.97, 0.995]) {
    const there = openMemoryStore()
    expect(await importInto(there, [car.subarray(0, car.length * part)])).toHaveProperty('error')
    expect(await importInto(there, [car])).toHaveProperty('ok')
    expect(await told(there)).toEqual(await told(shelf.store))
  }
})

test('a block that is damaged in the store is left out, and told of', async () => {
  const shelf = new Shelf()
  const file = await shelf.putFile(1)
  const { last } = await shelf.run(1, 1)
  if (!last) throw new Error('it ran')
  await shelf.store.commit({ blocks: [file, last.cid].map(cid => ({ cid, bytes: Uint8Array.of(9) })) })
  const damaged: string[] = []
  const car = await exported(shelf.store, 'all', cid => damaged.push(cid.toString()))
  expect(damaged.sort()).toEqual([file, last.cid].map(String).sort())
  expect(await importInto(openMemoryStore(), [car])).toMatchObject({ ok: { receipts: 0, runs: 1 } })
})

test('results that contradict each other are found where they meet, and travel and stay together', async () => {
  const task = blockOf({ cmd: '/f', args: {}, nonce: new Uint8Array() })
  const said = (out: { ok: number } | { error: { name: string; message: string } }, signer = bob) =>
    issueReceipt({ ran: task.cid, out, profile: 'p', exp: null }, signer)
  const [four, five] = [await said({ ok: 4 }), await said({ ok: 5 }, carol)]
  const failures = [{ error: { name: 'Trap', message: 'in one word' } }, { error: { name: 'Trap', message: 'in two' } }]
  const stores = await Promise.all(
    [[four], [five], failures].map(async said => {
      const store = openMemoryStore()
      for (const one of said) {
        const receipt =
          'cid' in one
            ? one
            : await issueReceipt(
                { ran: task.cid, out: one, profile: 'q', exp: null },
                one === failures[0] ? bob : carol,
              )
        await store.commit({ receipts: [receipt], ...(await settledBy(store, receipt)), blocks: [task] })
      }
      return store
    }),
  )
  const home = openMemoryStore()
  for (const store of stores) {
    expect(await store.listEquivocations()).toEqual([])
    expect(await importInto(home, [await exported(store)])).toHaveProperty('ok')
  }
  const found = [{ task: task.cid, profile: 'p', receipts: [four.cid, five.cid], refuted: [] }]
  expect(await home.listEquivocations()).toEqual(found)
  await collectGarbage(home, { now: 2_000_000_000, bytesMax: 0 })
  expect(await home.listEquivocations()).toEqual(found)
  expect((await all(page => home.listReceipts(page), 9)).map(String)).toEqual(
    [four, five].map(({ cid }) => String(cid)),
  )
  const away = openMemoryStore()
  expect(await importInto(away, [await exported(home)])).toHaveProperty('ok')
  expect(await away.listEquivocations()).toEqual(found)
})
