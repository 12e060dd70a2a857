import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nameOf, rawBlock } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { revokeName } from '@ipvm/ucan'
import { afterAll, expect, test } from 'vitest'
import { applicationId, migrations } from './schema.ts'
import { openSqliteStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-migration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The path of a store of an earlier version, filled by `fill`. */
function olderStore(version: number, fill: (db: DatabaseSync) => void): string {
  const path = join(folder, `${version}.db`)
  const db = new DatabaseSync(path)
  const made = migrations.slice(0, version).join('')
  db.exec(`${made} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`)
  fill(db)
  db.close()
  return path
}

test('a store of the first version is brought up to this one, and keeps what it had', async () => {
  const block = rawBlock(Uint8Array.of(1, 2, 3))
  const revocation = await revokeName(nameOf('delegation'), bob)
  const path = olderStore(1, db => {
    for (const { cid, bytes } of [block, revocation])
      db.prepare('INSERT INTO blocks VALUES (?, ?)').run(cid.bytes, bytes)
    db.prepare('INSERT INTO revocations VALUES (?, ?)').run(revocation.revoke.bytes, revocation.iss)
  })
  const store = openSqliteStore(path)
  expect(await store.block(block.cid)).toEqual(block.bytes)
  expect(await store.report(nameOf('receipt'))).toBeUndefined()
  expect(await store.revokersOf(nameOf('delegation'))).toEqual([bob.did])
  expect((await store.listRevocations()).map(String)).toEqual([String(revocation.cid)])
  await store.close()
})

test('a store of before pins were more than names keeps its local names', async () => {
  const path = olderStore(
    4,
    db => void db.prepare('INSERT INTO pins VALUES (?, ?)').run('image', nameOf('record').bytes),
  )
  const store = openSqliteStore(path)
  expect(await store.localNames()).toEqual([{ local: 'image', record: nameOf('record') }])
  expect(await store.pins()).toEqual([])
  await store.close()
})

test('runs of before there were journals have one, and those that were cut off wait for somebody to go on', async () => {
  const names = (n: number) => nameOf(`run ${n}`)
  const path = olderStore(5, db => {
    const putRun = db.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, 3, 100, ?, ?, ?)')
    const ends = ['ok', 'failed', 'cancelled', null]
    for (const [n, end] of ends.entries()) {
      putRun.run(n + 1, names(n).bytes, nameOf('w').bytes, null, 'me', end, end && 200)
      const putTask = db.prepare('INSERT INTO run_tasks VALUES (?, ?, ?, ?, ?, ?)')
      for (const [label, how] of Object.entries({ b: 'ran', a: 'reused' })) {
        putTask.run(names(n).bytes, label, nameOf('task').bytes, how, nameOf(label).bytes, 1.5)
      }
    }
  })
  const store = openSqliteStore(path)
  const record = { task: nameOf('task'), milliseconds: 1.5 }
  const settled = [
    { label: 'b', how: 'ran', receipt: nameOf('b'), ...record },
    { label: 'a', how: 'reused', receipt: nameOf('a'), ...record },
  ]
  const runs = (await store.runs(9)).toReversed()
  expect(runs.map(({ end, endedAt, seq, suspended }) => [end, endedAt, seq, suspended])).toEqual([
    ['ok', 200, 3, false],
    ['failed', 200, 3, false],
    ['cancelled', 200, 3, false],
    [undefined, undefined, 3, true],
  ])
  expect(runs.map(({ counts }) => [counts.ran, counts.reused, counts.failed])).toEqual(runs.map(() => [1, 1, 0]))
  expect(runs[0]).toMatchObject({
    run: names(0),
    invocation: names(0),
    delegations: [],
    owner: 'me',
    milliseconds: 1.5,
  })
  expect((await store.run(names(0)))?.settled).toEqual(settled)
  const journals = await Promise.all([0, 3].map(n => store.journal(names(n))))
  const events = settled.map(task => ({ type: 'settled', ...task }))
  expect(journals.map(entries => entries.map(({ event }) => event))).toEqual([
    [...events, { type: 'ended', end: 'ok' }],
    [...events, { type: 'suspended' }],
  ])
  expect((await store.openRuns()).map(({ run }) => String(run))).toEqual([String(names(3))])
  await store.close()
})

test('receipts are found by their names after those have got numbers, in the order in which they came', async () => {
  const [asked, resolved, loose] = ['asked', 'resolved', 'only spoken of'].map(nameOf)
  const receipts = ['b', 'a', 'c'].map(text => rawBlock(new TextEncoder().encode(text)))
  if (!asked || !resolved || !loose) throw new Error('there are three')
  const path = join(folder, 'names.db')
  const db = new DatabaseSync(path)
  db.exec(`${migrations.slice(0, 5).join('')} PRAGMA application_id = ${applicationId}; PRAGMA user_version = 5`)
  for (const [n, { cid, bytes }] of receipts.entries()) {
    if (n < 2) db.prepare('INSERT INTO blocks VALUES (?, 7, ?)').run(cid.bytes, bytes)
    db.prepare('INSERT INTO receipts VALUES (?, ?, ?)').run(cid.bytes, asked.bytes, (n ? resolved : asked).bytes)
    db.prepare('INSERT INTO results VALUES (?, ?, ?)').run(asked.bytes, 'p', cid.bytes)
    const cells = [1, 2, 3, 4, 5.5, 6, 7, 8, 9, 10.5]
    db.prepare(`INSERT INTO reports VALUES (?, ${cells.join(', ')}, ?, NULL)`).run(cid.bytes, `log ${n}`)
  }
  db.prepare('INSERT INTO results VALUES (?, ?, ?)').run(loose.bytes, 'q', loose.bytes)
  db.close()
  const store = openSqliteStore(path, { now: () => 8 })
  const texts = (cids: readonly unknown[]) => cids.map(String)
  const [b, a, c] = receipts.map(({ cid }) => String(cid))
  expect(texts(await store.receiptsOf(asked))).toEqual([b, a, c])
  expect(texts(await store.receiptsOf(resolved))).toEqual([a, c])
  expect(texts((await store.listReceipts({ limit: 9 })).items)).toEqual([b, a, c])
  expect(new Set(texts(await store.resultsFor(asked, 'p')))).toEqual(new Set([a, b, c]))
  expect(texts(await store.resultsFor(loose, 'q'))).toEqual([String(loose)])
  const reports = await Promise.all(receipts.map(({ cid }) => store.report(cid)))
  expect(reports.map(report => [report?.log, report?.used.time, report?.limits.time])).toEqual([
    ...[0, 1, 2].map(n => [`log ${n}`, 5.5, 10.5]),
  ])
  const blocks = (await store.listBlocks({ limit: 9 })).items
  expect(blocks.map(({ cid, used }) => [String(cid), used])).toEqual([b, a].map(cid => [cid, 7]))
  expect(await store.hasBlock(asked)).toBe(false)
  await store.remove({ newestRun: undefined, usedBefore: 0, receipts: receipts.map(({ cid }) => cid) })
  expect(await store.receiptsOf(asked)).toEqual([])
  await store.close()
  const after = new DatabaseSync(path)
  expect(after.prepare('SELECT cid FROM blocks').all()).toEqual([{ cid: loose.bytes }])
  after.close()
})

test('a store of before there were triggers numbers what comes after the receipts that it has', async () => {
  const path = olderStore(7, db => {
    db.prepare('INSERT INTO blocks VALUES (1, ?, 5, ?)').run(nameOf('old').bytes, Uint8Array.of(1))
    db.prepare('INSERT INTO receipts VALUES (1, 1, NULL)').run()
    db.prepare('INSERT INTO kv VALUES (?, ?, 3)').run(new TextEncoder().encode('a'), Uint8Array.of(0xf6))
  })
  const store = openSqliteStore(path)
  expect(await store.kv('a')).toMatchObject({ version: 3 })
  expect([await store.feedEnd('receipts'), await store.feedEnd('kv')]).toEqual([1, 0])
  expect(await store.receiptFeed({ after: 0, limit: 9 })).toEqual([{ number: 1, depth: 0, receipt: nameOf('old') }])
  await store.commit({ kv: [{ key: 'a', value: Uint8Array.of(0xf5), version: 4 }], depth: 1 })
  expect(await store.kvFeed({ after: 0, limit: 9 })).toMatchObject([{ key: 'a', version: 4, depth: 1 }])
  await store.close()
})
