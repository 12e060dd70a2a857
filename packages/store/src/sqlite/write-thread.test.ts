import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileBlocks, nameOf, rawBlock } from '@ipvm/ipld'
import { afterAll, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import { openSqliteStore } from './store.ts'
import { WriteThread } from './write-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-thread-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${files++}.db`)

const block = (n: number) => rawBlock(Uint8Array.of(n >> 8, n))

async function withThread(path: string): Promise<Store> {
  const store = openSqliteStore(path)
  const before = await store.foreignWrites()
  await Promise.all(Array.from({ length: 100 }, () => store.commit({})))
  while ((await store.foreignWrites()) === before) await new Promise(resolve => setTimeout(resolve, 5))
  return store
}

test('nothing that was committed is lost or forgotten when a thread takes over', async () => {
  const store = openSqliteStore(newPath())
  const commits: Promise<void>[] = []
  const before = await store.foreignWrites()
  let n = 0
  // As long as it takes, and some more.
  for (let isThere = false; !isThere || n < 300; isThere ||= (await store.foreignWrites()) !== before) {
    if (n % 7 === 0) await new Promise(resolve => setImmediate(resolve))
    commits.push(
      store.commit({ blocks: [block(n)], results: [{ name: nameOf(n), profile: 'p', receipt: block(n).cid }] }),
    )
    for (const known of [0, n]) {
      expect(await store.block(block(known).cid)).toEqual(block(known).bytes)
      expect((await store.resultsFor(nameOf(known), 'p')).length).toBe(1)
    }
    n += 1
  }
  await Promise.all(commits)
  expect((await store.listBlocks({ limit: 100_000 })).items.length).toBe(n)
  await store.close()
})

test('others are noticed, and what the thread writes is not', async () => {
  const path = newPath()
  const [one, two] = [await withThread(path), openSqliteStore(path)]
  const before = await one.foreignWrites()
  await one.commit({ blocks: [block(1)] })
  expect(await one.foreignWrites()).toBe(before)
  await two.commit({ blocks: [block(2)] })
  expect(await one.foreignWrites()).not.toBe(before)
  await Promise.all([one.close(), two.close()])
})

test('a store may be closed while its thread is on its way', async () => {
  const path = newPath()
  const store = openSqliteStore(path)
  await Promise.all(Array.from({ length: 50 }, (_, n) => store.commit({ blocks: [block(n)] })))
  await store.close()
  const again = openSqliteStore(path)
  expect((await again.listBlocks({ limit: 99 })).items.length).toBe(50)
  await again.close()
  expect(readdirSync(folder).filter(name => name.startsWith(basename(path)))).toEqual([basename(path)])
})

test('a store that is closed leaves its file alone there, with a thread, too', async () => {
  const path = newPath()
  const store = await withThread(path)
  await store.commit({ blocks: [block(1)] })
  await store.close()
  expect(readdirSync(folder).filter(name => name.startsWith(basename(path)))).toEqual([basename(path)])
})

test('a change that cannot be written fails alone in a thread, too', async () => {
  const store = await withThread(newPath())
  const entry = { run: nameOf('nowhere'), seq: 1, at: 1, event: { type: 'released' } } as const
  const changes = [{ blocks: [block(1)] }, { blocks: [block(2)], journal: [entry] }, { blocks: [block(3)] }]
  const outcomes = await Promise.allSettled(changes.map(change => store.commit(change)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await Promise.all([1, 2, 3].map(n => store.hasBlock(block(n).cid)))).toEqual([true, false, true])
  await store.close()
})

test('a thread that cannot be had, and one that has ended, are said to be', async () => {
  await expect(new WriteThread(join(folder, 'nowhere', 'x.db')).ready).rejects.toThrow('unable to open')
  const path = newPath()
  await openSqliteStore(path).close()
  const thread = new WriteThread(path)
  await thread.ready
  expect((await thread.write([])).size).toBe(0)
  const writing = thread.write([]).catch(String)
  await thread.end()
  expect(await writing).toContain('ended')
  expect(thread.isAlive).toBe(false)
  await expect(thread.write([])).rejects.toThrow('ended')
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!canMount).each([
  ['without a thread', async (path: string) => openSqliteStore(path)],
  ['with one', withThread],
])('a disk that is full %s keeps what was stored, and takes more once there is room', async (_name, open) => {
  const mount = mkdtempSync(join(tmpdir(), 'ipvm-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount])
  try {
    const store = await open(join(mount, 'store.db'))
    await store.commit({ blocks: [block(1)] })
    writeFileSync(join(mount, 'others'), new Uint8Array(5_000_000))
    const { root, blocks } = fileBlocks(new Uint8Array(4_000_000).map((_, i) => Math.imul(i, 2654435761) >>> 24))
    const outcomes = await Promise.allSettled([store.commit({ blocks }), store.commit({ blocks: [block(2)] })])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreFull' } })
    expect((await store.listBlocks({ limit: 99 })).items.map(({ cid }) => String(cid))).toEqual([String(block(1).cid)])
    await store.commit({ blocks: [block(3)] })
    rmSync(join(mount, 'others'))
    await store.commit({ blocks })
    expect(await store.hasBlock(root)).toBe(true)
    await store.close()
  } finally {
    execFileSync('umount', ['-l', mount])
  }
})
