import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileBlocks, nameOf, rawBlock } from '@ipvm/ipld'
import { alice, bob } from '@ipvm/testing'
import { invoke, issueReceipt, revokeName } from '@ipvm/ucan'
import { assertName } from '@ipvm/ucan/name'
import { afterAll, describe, expect, test } from 'vitest'
import type { Store } from './index.ts'
import { openMemoryStore } from './memory/store.ts'
import { openSqliteStore } from './sqlite/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${files++}.db`)

/** What every store has to do. */
function storeSuite(name: string, open: () => Store) {
  describe(name, () => {
    test('keeps blocks', async () => {
      const store = open()
      const block = rawBlock(Uint8Array.of(1, 2, 3))
      expect(await store.block(block.cid)).toBeUndefined()
      await store.commit({ blocks: [block] })
      await store.commit({ blocks: [block] })
      expect(await store.block(block.cid)).toEqual(block.bytes)
      expect(await store.hasBlock(block.cid)).toBe(true)
      await store.close()
    })

    test('knows who revoked what', async () => {
      const store = open()
      const revocation = await revokeName(nameOf('delegation'), bob)
      await store.commit({ revocations: [revocation] })
      expect(await store.revokersOf(nameOf('delegation'))).toEqual([bob.did])
      expect(await store.revokersOf(nameOf('another'))).toEqual([])
      expect(await store.block(revocation.cid)).toEqual(revocation.bytes)
      await store.close()
    })

    test('keeps what a run used and wrote beside its receipt, the last one where it ran again', async () => {
      const store = open()
      const receipt = nameOf('receipt')
      const used = { gas: 123_456_789_012, memory: 65_536, output: 8, disk: 40, time: 1.25 }
      const limits = { gas: 1e15, memory: 2 ** 28, output: 2 ** 28, disk: 2 ** 30, time: 300_000 }
      const report = { used, limits, log: 'line 1\nzeile 2: ü\n' }
      await store.commit({ reports: [{ receipt, ...report }] })
      expect(await store.report(receipt)).toEqual(report)
      const failed = { ...report, log: '', stack: ['divide', 'mean "ü"'] }
      await store.commit({ reports: [{ receipt, ...failed }] })
      expect(await store.report(receipt)).toEqual(failed)
      expect(await store.report(nameOf('another'))).toBeUndefined()
      await store.close()
    })

    test('keeps the records of names by their numbers, and the first of those with one number', async () => {
      const store = open()
      const fields = { name: 'image', mod: rawBlock(Uint8Array.of(1)).cid, wit: '' }
      const record = (seq: number, more = {}) => assertName({ ...fields, seq, ...more }, bob)
      const [first, tenth, other] = [await record(1), await record(10), await record(10, { licence: 'MIT' })]
      await store.commit({ names: [first] })
      await store.commit({ names: [tenth, other] })
      const known = (await store.names(bob.did, 'image')).map(({ seq, record: cid }) => `${seq} ${cid}`)
      expect(known).toEqual([`10 ${tenth.cid}`, `1 ${first.cid}`])
      expect(await store.block(tenth.cid)).toEqual(tenth.bytes)
      expect(await store.names(alice.did, 'image')).toEqual([])
      expect(await store.names(bob.did, 'imag')).toEqual([])
      await store.close()
    })

    test('keeps what local names stand for, until they stand for something else', async () => {
      const store = open()
      const [one, two] = [nameOf('one'), nameOf('two')]
      expect(await store.pinned('image')).toBeUndefined()
      await store.commit({
        pins: [
          { local: 'image', record: one },
          { local: 'crop', record: one },
        ],
      })
      const changed = store.commit({ pins: [{ local: 'image', record: two }] })
      for (const _ of [1, 2]) {
        expect(await store.pinned('image')).toEqual(two)
        expect(await store.pins()).toEqual([
          { local: 'crop', record: one },
          { local: 'image', record: two },
        ])
        await changed
      }
      await store.close()
    })

    test('keeps the source map that was last brought with a module', async () => {
      const store = open()
      const [mod, one, two] = [nameOf('mod'), nameOf('one'), nameOf('two')]
      expect(await store.sourceMap(mod)).toBeUndefined()
      await store.commit({ sourceMaps: [{ mod, map: one }] })
      const again = store.commit({ sourceMaps: [{ mod, map: two }] })
      expect(await store.sourceMap(mod)).toEqual(two)
      await again
      expect(await store.sourceMap(mod)).toEqual(two)
      expect(await store.sourceMap(one)).toBeUndefined()
      await store.close()
    })

    test('keeps aliases', async () => {
      const store = open()
      await store.commit({ aliases: [[nameOf('spelling'), nameOf('task')]] })
      expect(String(await store.aliased(nameOf('spelling')))).toBe(nameOf('task').toString())
      expect(await store.aliased(nameOf('task'))).toBeUndefined()
      await store.close()
    })

    test('mends a damaged block when it is brought again', async () => {
      const store = open()
      const { cid, bytes } = rawBlock(Uint8Array.of(1, 2, 3))
      await store.commit({ blocks: [{ cid, bytes: Uint8Array.of(1, 2, 4) }] })
      await store.commit({ blocks: [{ cid, bytes }] })
      expect(await store.block(cid)).toEqual(bytes)
      await store.close()
    })

    test('finds receipts by the names they settle, each under its profile', async () => {
      const store = open()
      const [asked, resolved, other] = [nameOf('asked'), nameOf('resolved'), nameOf('other')]
      const receipt = await issueReceipt({ ran: asked, as: resolved, out: { ok: 1 }, profile: 'a', exp: null }, bob)
      const failed = await issueReceipt({ ran: asked, out: { error: { name: 'x', message: 'y' } }, exp: 1 }, bob)
      const results = [asked, resolved].map(task => ({ name: task, profile: 'a', receipt: receipt.cid }))
      await store.commit({ receipts: [receipt, failed], results })
      for (const task of [asked, resolved]) {
        expect((await store.resultsFor(task, 'a')).map(String)).toEqual([receipt.cid.toString()])
        expect(await store.resultsFor(task, 'b')).toEqual([])
      }
      expect(await store.resultsFor(other, 'a')).toEqual([])
      expect((await store.receiptsOf(asked)).map(String)).toEqual([receipt.cid, failed.cid].map(String))
      expect(await store.block(receipt.cid)).toEqual(receipt.bytes)
      await store.close()
    })

    test('tells of runs what happened, the newest first', async () => {
      const store = open()
      const workflow = nameOf('workflow')
      const runs = await Promise.all([1, 2].map(n => invocation(n)))
      for (const run of runs) {
        await store.commit({ runStarted: { run, workflow, name: 'w', tasks: 2, at: 5, owner: '1' } })
      }
      const [first, second] = runs
      if (!first || !second) throw new Error('there are two')
      const task = { label: 't', task: nameOf(1), how: 'ran', receipt: nameOf(2), milliseconds: 1.5 } as const
      await store.commit({ taskSettled: { run: first, task } })
      await store.commit({ runEnded: { run: first, at: 9, end: 'ok' } })
      expect((await store.runs(10)).map(({ run }) => run.toString())).toEqual([second, first].map(String))
      expect(await store.runs(1)).toHaveLength(1)
      expect((await store.runs(2))[1]).toMatchObject({ counts: { ran: 1, reused: 0 }, milliseconds: 1.5, end: 'ok' })
      expect(await store.run(first)).toEqual({
        ...{ run: first, workflow, name: 'w', tasks: 2, at: 5, owner: '1', end: 'ok', endedAt: 9 },
        settled: [task],
      })
      expect((await store.runOf(workflow))?.run.toString()).toBe(second.toString())
      expect((await store.run(second))?.end).toBeUndefined()
      await store.close()
    })
  })
}

async function invocation(n: number) {
  const fields = { sub: alice.did, cmd: '/workflow/run', args: {}, nonce: Uint8Array.of(n), exp: null } as const
  return (await invoke(fields, alice)).envelope.cid
}

storeSuite('a memory store', openMemoryStore)
storeSuite('a SQLite store', () => openSqliteStore(newPath()))

test('what was committed is there for the next process, even when this one is killed', async () => {
  const path = newPath()
  const child = join(import.meta.dirname, 'crash.test-process.ts')
  const { stdout } = await new Promise<{ stdout: string }>(resolve =>
    execFile(process.execPath, [child, path], (_error, out) => resolve({ stdout: out })),
  )
  const acknowledged = stdout.trim().split('\n').map(Number)
  expect(acknowledged.length).toBeGreaterThan(5)
  const store = openSqliteStore(path)
  for (const n of acknowledged) expect(await store.hasBlock(rawBlock(Uint8Array.of(n)).cid)).toBe(true)
  await store.close()
})

test('a store of an earlier version is brought up to this one, and keeps what it had', async () => {
  const path = newPath()
  const block = rawBlock(Uint8Array.of(1, 2, 3))
  const store = openSqliteStore(path)
  await store.commit({ blocks: [block] })
  await store.close()
  // The first version had no reports and no names.
  const db = new DatabaseSync(path)
  db.exec('DROP TABLE reports; DROP TABLE names; DROP TABLE pins; DROP TABLE source_maps; PRAGMA user_version = 1')
  db.close()
  const again = openSqliteStore(path)
  expect(await again.block(block.cid)).toEqual(block.bytes)
  expect(await again.report(nameOf('receipt'))).toBeUndefined()
  await again.close()
})

test('two processes may use one store', async () => {
  const path = newPath()
  const [one, two] = [openSqliteStore(path), openSqliteStore(path)]
  const blocks = [1, 2].map(n => rawBlock(Uint8Array.of(n)))
  await Promise.all([one.commit({ blocks: blocks.slice(0, 1) }), two.commit({ blocks: blocks.slice(1) })])
  for (const store of [one, two]) for (const { cid } of blocks) expect(await store.hasBlock(cid)).toBe(true)
  await Promise.all([one.close(), two.close()])
})

test('a file that is no store, and one that was damaged, are refused by a sentence', async () => {
  const garbage = newPath()
  writeFileSync(garbage, 'this is not a database, but it is longer than a header')
  expect(() => openSqliteStore(garbage)).toThrow(expect.objectContaining({ name: 'StoreCorrupt' }))

  const damaged = newPath()
  const store = openSqliteStore(damaged)
  const { root, blocks } = fileBlocks(new Uint8Array(3_000_000).map((_, i) => Math.imul(i, 2654435761) >>> 24))
  await store.commit({ blocks })
  await store.close()
  truncateSync(damaged, Math.floor(statSync(damaged).size / 2 / 4096) * 4096)
  const file = openSync(damaged, 'r+')
  writeSync(file, new Uint8Array(20_000).fill(0xee), 0, 20_000, 4096)
  closeSync(file)
  const read = async () => {
    const again = openSqliteStore(damaged)
    await again.block(root)
  }
  await expect(read()).rejects.toMatchObject({ name: 'StoreCorrupt' })
})

test('a folder that is not there is a sentence, not a stack trace', () => {
  expect(() => openSqliteStore(join(folder, 'nowhere', 'x.db'))).toThrow(
    expect.objectContaining({ name: 'StoreUnreadable' }),
  )
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!canMount)(
  'a full disk is a sentence, and what was stored before stays (skipped unless root may mount)',
  async () => {
    const mount = mkdtempSync(join(tmpdir(), 'ipvm-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount])
    try {
      const store = openSqliteStore(join(mount, 'store.db'))
      const small = rawBlock(Uint8Array.of(1))
      await store.commit({ blocks: [small] })
      const { blocks } = fileBlocks(new Uint8Array(8_000_000).map((_, i) => Math.imul(i, 2654435761) >>> 24))
      await expect(store.commit({ blocks })).rejects.toMatchObject({
        name: 'StoreFull',
        message: expect.stringContaining('no disk space'),
      })
      expect(await store.block(small.cid)).toEqual(small.bytes)
      await store.close()
    } finally {
      execFileSync('umount', ['-l', mount])
    }
  },
)
