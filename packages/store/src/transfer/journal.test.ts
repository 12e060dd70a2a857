import { blockOf, decodeCar, fileBlocks, nameOf, type CID } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import type { JournalEvent } from '../journal.ts'
import { openMemoryStore } from '../memory/store.ts'
import { Shelf } from '../shelf.test-fixture.ts'
import type { Store } from '../store.ts'
import { exportStore } from './export.ts'
import { importInto } from './import.ts'

const nonce = new Uint8Array(16).fill(7)
const cause = { name: 'Timeout', message: 'no answer' }

async function moved(store: Store, of: 'all' | CID = 'all') {
  const secrets: string[] = []
  const car = await exportStore(store, { of, nonce, onSecret: cid => secrets.push(cid.toString()) })
  if ('error' in car) throw new Error(car.error.message)
  const parts: Uint8Array[] = []
  for await (const part of car.ok) parts.push(part)
  const bytes = new Uint8Array(Buffer.concat(parts))
  const there = openMemoryStore()
  const imported = await importInto(there, [bytes])
  if ('error' in imported) throw new Error(imported.error.message)
  return { there, imported: imported.ok, bytes, secrets }
}

/** A run that goes on, of two tasks, and to which this happened afterwards. */
async function going(...events: readonly JournalEvent[]) {
  const shelf = new Shelf()
  const { run, last } = await shelf.run(1, 2, { isUnderWay: true })
  if (!last) throw new Error('it ran')
  const journal = events.map((event, i) => ({ run, seq: i + 3, at: 2_000_000_000_000 + i, event }))
  await shelf.store.commit({ journal })
  const eventsOf = async (store: Store) => (await store.journal(run)).map(({ event }) => event)
  return { shelf, run, last, eventsOf }
}

const task = nameOf('a mutation')
const intent = (label: string) => ({ type: 'intent', label, task, attempt: 1 }) as const
const unknown = (label: string) => ({ type: 'unknown', label, task, cause }) as const

test('the whole journal of a run that ended is there, number by number', async () => {
  const happened = [
    intent('send'),
    { type: 'retrying', label: 'send', task, attempt: 1, cause, due: 5 },
    { type: 'suspended' },
    { type: 'resumed', owner: 'later' },
    { type: 'ended', end: 'cancelled' },
  ] as const
  const { shelf, run } = await going(...happened)
  const { there } = await moved(shelf.store)
  expect(JSON.stringify(await there.journal(run))).toEqual(JSON.stringify(await shelf.store.journal(run)))
  const [before, after] = [await shelf.store.run(run), await there.run(run)]
  expect(JSON.stringify({ ...after, owner: '' })).toEqual(JSON.stringify({ ...before, owner: '' }))
})

test('what was asked for and has no outcome is unknown elsewhere; a run goes on there when somebody says so', async () => {
  const { shelf, run, eventsOf } = await going(
    intent('done'),
    { ...unknown('done') },
    intent('open'),
    intent('tried'),
    { type: 'retrying', label: 'tried', task, attempt: 1, cause, due: 5 },
    intent('anew'),
    { type: 'unknown', label: 'anew', task, cause },
    { type: 'reopened', labels: ['anew'] },
    intent('settled'),
    { type: 'settled', label: 'settled', task, how: 'ran', receipt: nameOf('x'), milliseconds: 1 },
  )
  const intents = ['open', 'tried'].map(label => ({ task, run, label, attempt: 1, at: 1 }))
  const receipt = blockOf('a receipt')
  const happened = await eventsOf(shelf.store)
  const settled = happened.at(-1)
  if (settled?.type !== 'settled') throw new Error('that came last')
  await shelf.store.commit({ intents, blocks: [receipt] })
  const entry = { run, seq: 13, at: 5, event: { ...settled, receipt: receipt.cid } }
  await shelf.store.commit({ journal: [entry] })
  const { there } = await moved(shelf.store)
  // All but the one whose receipt is not there.
  const added = (await eventsOf(there)).slice(happened.length)
  expect(added).toMatchObject([
    { type: 'unknown', label: 'open', cause: { name: 'Imported' } },
    { type: 'unknown', label: 'tried', cause: { name: 'Imported' } },
    { type: 'suspended' },
  ])
  expect(await there.openRuns()).toMatchObject([{ suspended: true, owner: 'import' }])
  expect(await there.intents()).toEqual([])
  const { seq = 0 } = (await there.run(run)) ?? {}
  expect((await there.journal(run)).map(one => one.seq)).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
})

test('a run that went on here since it was imported is left as it is', async () => {
  const { shelf, run, eventsOf } = await going()
  const { there, bytes } = await moved(shelf.store)
  const resumed = { run, seq: 4, at: 5, event: { type: 'resumed', owner: 'here' } } as const
  await there.commit({ journal: [resumed] })
  const before = await eventsOf(there)
  expect(await importInto(there, [bytes])).toMatchObject({ ok: { runs: 1, newRuns: 0 } })
  expect(await eventsOf(there)).toEqual(before)
  expect((await there.run(run))?.owner).toBe('here')
})

test('what comes of a secret stays behind with all that only it refers to, and that is said', async () => {
  const { shelf, run, last, eventsOf } = await going({ type: 'ended', end: 'ok' })
  const { root, blocks } = fileBlocks(new Uint8Array(2_500_000).fill(9))
  const shared = await shelf.putFile(5)
  const secret = blockOf({ password: 'x', root, shared, mod: last.cid })
  await shelf.store.commit({ blocks: [secret, ...blocks], secrets: [secret.cid], pinned: [secret.cid, shared] })
  const { there, imported, bytes, secrets } = await moved(shelf.store)
  const [first] = blocks
  expect(imported.secrets).toBe(new Set(secrets).size)
  expect(new Set(secrets)).toEqual(new Set([secret, ...blocks].map(({ cid }) => String(cid))))
  for (const cid of [secret.cid, root, first?.cid ?? root]) expect(await there.hasBlock(cid)).toBe(false)
  expect([await there.hasBlock(shared), await there.hasBlock(last.cid)]).toEqual([true, true])
  expect((await there.pins()).map(String)).toEqual([String(shared)])
  expect(holds(bytes, secret.cid)).toBe(false)
  expect(await eventsOf(there)).toEqual(await eventsOf(shelf.store))
  expect((await there.run(run))?.end).toBe('ok')
})

test('a run of which something was left out as secret cannot go on elsewhere, and names nothing of it', async () => {
  const { shelf, run, last, eventsOf } = await going(intent('send'))
  await shelf.store.commit({ secrets: [last.cid, last.ran, task] })
  const { there, bytes } = await moved(shelf.store, run)
  expect(await eventsOf(there)).toMatchObject([
    { type: 'settled', label: 't0' },
    { type: 'ended', end: 'cancelled' },
  ])
  for (const cid of [last.cid, task]) expect(holds(bytes, cid)).toBe(false)
})

test('values of keys are there, but for those that have changed here, and schedules wait for somebody to begin them', async () => {
  const { store } = new Shelf()
  const value = (n: number) => new Uint8Array(700_000).fill(n)
  const kv = [1, 2, 3, 4].map(n => ({ key: `k${n}`, value: value(n), version: n }))
  const schedule = { schedule: nameOf('daily'), workflow: nameOf('w'), missed: 2 }
  await store.commit({ kv, schedules: [{ ...schedule, due: 2_000_000_000, last: 1_900_000_000 }] })
  const { there, bytes } = await moved(store)
  expect(await there.kvList('', { limit: 9 })).toEqual(kv)
  expect(await there.schedules()).toEqual([{ ...schedule, last: 1_900_000_000 }])
  const own = openMemoryStore()
  await own.commit({ kv: [{ key: 'k1', value: value(9), version: 1 }] })
  await own.commit({ kv: [{ key: 'k2', value: value(9), version: 1 }], schedules: [{ ...schedule, due: 5 }] })
  await own.commit({ kv: [{ key: 'k2', version: 2 }] })
  expect(await importInto(own, [bytes])).toHaveProperty('ok')
  expect((await own.kvList('', { limit: 9 })).map(entry => [entry.key, entry.value[0]])).toEqual([
    ['k1', 9],
    ['k3', 3],
    ['k4', 4],
  ])
  expect(await own.schedules()).toEqual([{ ...schedule, due: 5 }])
})

/** Whether a CAR has the bytes of a CID anywhere. */
function holds(car: Uint8Array, cid: CID): boolean {
  expect(decodeCar(car)).toHaveProperty('ok')
  return Buffer.from(car).includes(Buffer.from(cid.multihash.digest))
}
