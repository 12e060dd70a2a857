import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { nameOf, rawBlock } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from './store.ts'

const platform = () => ({ indexedDB: new IDBFactory(), IDBKeyRange, navigator: { locks: navigator.locks } })
const block = rawBlock(Uint8Array.of(1, 2, 3))

/** The object stores of the first version, with what a run needs. */
const first = {
  ...{ blocks: [], uses: [], reports: [], aliases: [], localNames: [], sourceMaps: [], pins: [], trusted: [] },
  ...{ receipts: ['cid', 'ran', 'resolved'], revocations: ['entry', 'revoked'], names: ['entry', 'name'] },
  ...{ results: ['entry', 'name', 'receipt'], runs: ['run', 'workflow'], tasks: ['entry', 'run'] },
}

async function firstVersion(indexedDB: InstanceType<typeof IDBFactory>): Promise<void> {
  const request = indexedDB.open('test', 1)
  request.addEventListener('upgradeneeded', () => {
    for (const [name, indexes] of Object.entries(first)) {
      const store = request.result.createObjectStore(name, { autoIncrement: indexes.length > 0 })
      for (const index of indexes) store.createIndex(index, index)
    }
  })
  await new Promise(resolve => request.addEventListener('success', resolve))
  const transaction = request.result.transaction(['runs', 'tasks', 'blocks', 'uses'], 'readwrite')
  transaction.objectStore('blocks').put(block.bytes, String(block.cid))
  transaction.objectStore('uses').put({ size: 3, used: 5 }, String(block.cid))
  for (const [n, end] of ['ok', undefined].entries()) {
    const run = String(nameOf(`run ${n}`))
    const state = { run, workflow: String(nameOf('w')), tasks: 2, at: 100, owner: 'me' }
    transaction.objectStore('runs').put({ ...state, ...(end && { end, endedAt: 200 }) })
    const record = { run, label: 't', task: String(nameOf('task')), receipt: String(nameOf('r')), milliseconds: 1.5 }
    transaction.objectStore('tasks').put({ ...record, how: 'ran' })
  }
  await new Promise(resolve => transaction.addEventListener('complete', resolve))
  request.result.close()
}

test('a database of the first version keeps what it had, and its runs have journals', async () => {
  const { indexedDB, ...rest } = platform()
  await firstVersion(indexedDB)
  const store = await openIndexedDbStore('test', { indexedDB, ...rest })
  expect(await store.block(block.cid)).toEqual(block.bytes)
  const [open, ended] = await store.runs(9)
  expect(ended).toMatchObject({ end: 'ok', endedAt: 200, seq: 2, milliseconds: 1.5, counts: { ran: 1, failed: 0 } })
  expect(open).toMatchObject({ seq: 2, suspended: true, owner: 'me', counts: { ran: 1 } })
  const settled = { label: 't', task: nameOf('task'), how: 'ran', receipt: nameOf('r'), milliseconds: 1.5 }
  expect((await store.run(nameOf('run 0')))?.settled).toEqual([settled])
  expect((await store.journal(nameOf('run 1'))).map(({ event }) => event)).toEqual([
    { type: 'settled', ...settled },
    { type: 'suspended' },
  ])
  expect((await store.openRuns()).map(({ run }) => String(run))).toEqual([String(nameOf('run 1'))])
  const entry = { run: nameOf('run 1'), seq: 3, at: 5, event: { type: 'ended', end: 'ok' } } as const
  await store.commit({ journal: [entry], intents: [], kv: [{ key: 'a', value: block.bytes, version: 1 }] })
  expect(await store.openRuns()).toEqual([])
  await store.close()
})

test('a database of before there were triggers keeps its schedules and values, and tells of what changes from then on', async () => {
  const { indexedDB, ...rest } = platform()
  const second = {
    ...{ ...first, journal: [], requests: [], secrets: [], notes: [], kv: [], kvGone: [] },
    ...{ runs: ['run', 'workflow', 'open'], intents: ['task'], schedules: ['schedule'] },
  }
  const request = indexedDB.open('test', 2)
  request.addEventListener('upgradeneeded', () => {
    for (const [name, indexes] of Object.entries(second)) {
      if (name === 'tasks') continue
      const numbered = indexes.length > 0 || name === 'requests'
      const store = request.result.createObjectStore(name, { autoIncrement: numbered })
      for (const index of indexes) store.createIndex(index, index)
    }
  })
  await new Promise(resolve => request.addEventListener('success', resolve))
  const transaction = request.result.transaction(['schedules', 'kv'], 'readwrite')
  const schedule = { schedule: nameOf('s'), workflow: nameOf('w'), due: 7, missed: 0 }
  transaction
    .objectStore('schedules')
    .put({ ...schedule, schedule: `${schedule.schedule}`, workflow: `${nameOf('w')}` })
  transaction.objectStore('kv').put({ value: block.bytes, version: 3 }, new TextEncoder().encode('a').buffer)
  await new Promise(resolve => transaction.addEventListener('complete', resolve))
  request.result.close()
  const store = await openIndexedDbStore('test', { indexedDB, ...rest })
  expect(await store.dueSchedules(8)).toEqual({ due: [schedule] })
  expect(await store.kv('a')).toMatchObject({ version: 3 })
  expect(await store.feedEnd('kv')).toBe(0)
  await store.commit({
    kv: [{ key: 'a', version: 4 }],
    triggers: [{ name: 't', trigger: nameOf('t'), workflow: nameOf('w') }],
  })
  expect(await store.kvFeed({ after: 0, limit: 9 })).toMatchObject([{ key: 'a', version: 4 }])
  expect(await store.triggers()).toHaveLength(1)
  await store.close()
})

test('of the tabs that have a database open one has the claim, until it gives it back or is closed', async () => {
  const one = platform()
  const [first, second] = [await openIndexedDbStore('claims', one), await openIndexedDbStore('claims', one)]
  const claim = await first.claim('one')
  expect(await second.claim('two')).toMatchObject({ error: { name: 'Claimed', owner: 'one' } })
  if ('ok' in claim) await claim.ok.release()
  expect(await second.claim('two')).toHaveProperty('ok')
  expect(await first.claim('one')).toMatchObject({ error: { owner: 'two' } })
  await second.close()
  expect(await first.claim('one')).toHaveProperty('ok')
  await first.close()
})

test('what another tab writes is noticed, and what was written here is not', async () => {
  const shared = platform()
  const [one, two] = [await openIndexedDbStore('test', shared), await openIndexedDbStore('test', shared)]
  const before = await one.foreignWrites()
  await one.commit({ blocks: [block] })
  expect(await one.foreignWrites()).toBe(before)
  await two.commit({ blocks: [block] })
  const after = await one.foreignWrites()
  expect(after).not.toBe(before)
  await Promise.all([one.commit({}), one.commit({})])
  expect(await one.foreignWrites()).toBe(after)
  await Promise.all([one.close(), two.close()])
})
