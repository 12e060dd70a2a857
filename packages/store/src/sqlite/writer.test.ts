import type { DatabaseSync } from 'node:sqlite'
import { nameOf, rawBlock } from '@ipvm/ipld'
import { afterEach, expect, test } from 'vitest'
import type { Change } from '../store.ts'
import { changeRows } from './change-rows.ts'
import { openDatabase } from './database.ts'
import { pack, unpack } from './pack.ts'
import { Writer } from './writer.ts'

const databases: DatabaseSync[] = []
afterEach(() => {
  for (const db of databases.splice(0)) db.close()
})

function fresh() {
  const db = openDatabase(':memory:')
  databases.push(db)
  const writer = new Writer(db)
  const write = (...changes: readonly Change[]) => writer.write(changes.map(change => changeRows(change, 1)))
  const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  return { db, write, count }
}

const run = nameOf('run')
const start = { run, invocation: run, delegations: [], workflow: nameOf('w'), tasks: 1, at: 1, owner: 'me' }
const block = (n: number) => rawBlock(new Uint8Array(3000).fill(n))

test('where there is no room, nothing of the group is written, and later there is again', () => {
  const { db, write, count } = fresh()
  write({ blocks: [block(1)] })
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
  db.exec(`PRAGMA max_page_count = ${pages + 4}`)
  const blocks = Array.from({ length: 99 }, (_, n) => block(n + 2))
  expect(() => write({ runStarted: start }, { blocks })).toThrow(expect.objectContaining({ errcode: 13 }))
  expect([count('blocks'), count('runs')]).toEqual([1, 0])
  db.exec('PRAGMA max_page_count = 1000000')
  expect(write({ runStarted: start }, { blocks }).size).toBe(0)
  expect([count('blocks'), count('runs')]).toEqual([100, 1])
})

test('a change that the tables do not take fails alone, all of it', () => {
  const { write, count } = fresh()
  const half = { task: nameOf('task'), run, label: 'send', attempt: 1.5, at: 1 }
  const results = [{ name: nameOf('asked'), profile: 'p', receipt: nameOf('receipt') }]
  const failures = write({ results }, { blocks: [block(2)], intents: [half] }, { blocks: [block(1)] })
  expect([...failures.keys()]).toEqual([1])
  expect(String(failures.get(1))).toContain('INTEGER')
  expect(count('blocks')).toBe(3)
  // What was numbered before that was undone is numbered anew.
  expect(count('results JOIN blocks AS one ON one.number = name JOIN blocks AS two ON two.number = receipt')).toBe(1)
})

test('a block that came with a change that failed is written with the others that bring it', () => {
  const { write, count } = fresh()
  const half = { task: nameOf('task'), run, label: 'send', attempt: 1.5, at: 1 }
  const proof = block(1)
  const failures = write({ blocks: [proof], intents: [half] }, { blocks: [proof] }, { blocks: [proof] })
  expect([...failures.keys()]).toEqual([0])
  expect(count('blocks')).toBe(1)
})

test('a name has one number, however it came, and in however many groups', () => {
  const { db, write, count } = fresh()
  const { cid, bytes } = block(1)
  const result = { name: nameOf('task'), profile: 'p', receipt: cid }
  write({ results: [result] })
  write({ results: [{ ...result, profile: 'q' }], blocks: [{ cid, bytes }] })
  write({ blocks: [{ cid, bytes: Uint8Array.of(1) }] }, { results: [{ ...result, profile: 'r' }] })
  expect(count('blocks')).toBe(2)
  expect(db.prepare('SELECT DISTINCT name, receipt FROM results').all().length).toBe(1)
  expect(db.prepare('SELECT bytes FROM blocks WHERE cid = ?').get(cid.bytes)?.bytes).toEqual(Uint8Array.of(1))
})

test('rows come out of a parcel as they went in', () => {
  const view = new Uint8Array(1000).subarray(10, 14).fill(7)
  const changes = [
    changeRows(
      {
        blocks: [
          { cid: nameOf(1), bytes: view },
          { cid: nameOf(2), bytes: new Uint8Array() },
        ],
      },
      5,
    ),
    [],
    changeRows({ runStarted: start, localNames: [{ local: 'ü', record: run }], taken: [0, 7] }, 5),
  ]
  const packed = pack(changes)
  expect(unpack(structuredClone(packed))).toEqual(changes)
  expect(packed.bytes.buffer.byteLength).toBe(packed.bytes.length)
})
