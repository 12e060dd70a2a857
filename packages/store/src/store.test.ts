import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileBlocks, rawBlock } from '@ipvm/ipld'
import { afterAll, expect, test } from 'vitest'
import { openMemoryStore } from './memory/store.ts'
import type { StoreOptions } from './clock.ts'
import { openSqliteStore } from './sqlite/store.ts'
import type { Store } from './store.ts'
import { storeSuite } from './suite.test-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${files++}.db`)

storeSuite('a memory store', openMemoryStore)
storeSuite('a SQLite store', options => openSqliteStore(newPath(), options))
storeSuite('a SQLite store with a thread that writes', options => openWithThread(newPath(), options))
storeSuite('a SQLite store in memory', options => openSqliteStore(':memory:', options))

/** A store that has had more to write than what is written without a thread. */
async function openWithThread(path: string, options?: StoreOptions): Promise<Store> {
  const store = openSqliteStore(path, options)
  const before = await store.foreignWrites()
  await Promise.all(Array.from({ length: 100 }, () => store.commit({})))
  // Who writes is who knows what others have written, so that the number changes once when the thread is there.
  while ((await store.foreignWrites()) === before) await new Promise(resolve => setTimeout(resolve, 5))
  return store
}

test.each(['here', 'thread'])(
  'what was committed is there for the next process, even when this one is killed (%s)',
  async how => {
    const path = newPath()
    const child = join(import.meta.dirname, 'crash.test-process.ts')
    const { stdout } = await new Promise<{ stdout: string }>(resolve =>
      execFile(process.execPath, [child, path, how], (_error, out) => resolve({ stdout: out })),
    )
    const acknowledged = stdout.trim().split('\n').map(Number)
    expect(acknowledged.length).toBeGreaterThan(5)
    const store = openSqliteStore(path)
    for (const n of acknowledged) expect(await store.hasBlock(rawBlock(Uint8Array.of(n)).cid)).toBe(true)
    await store.close()
  },
)

test('what is let go of goes back to the disk', async () => {
  const path = newPath()
  const store = openSqliteStore(path, { now: () => 1 })
  const { blocks } = fileBlocks(new Uint8Array(8_000_000).map((_, i) => Math.imul(i, 2654435761) >>> 24))
  await store.commit({ blocks })
  await store.remove({ newestRun: undefined, usedBefore: 2, blocks: blocks.map(({ cid }) => cid) })
  await store.close()
  expect(statSync(path).size).toBeLessThan(1_000_000)
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
