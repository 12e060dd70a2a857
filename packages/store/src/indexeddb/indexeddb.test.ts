import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb'
import { fileBlocks, rawBlock } from '@ipvm/ipld'
import { afterEach, expect, test, vi } from 'vitest'
import { storeSuite } from '../suite.test-fixture.ts'
import { openIndexedDbStore } from './store.ts'

const freshPlatform = () => ({ indexedDB: new IDBFactory(), IDBKeyRange, navigator: undefined })
const block = rawBlock(Uint8Array.of(1, 2, 3))

afterEach(() => vi.restoreAllMocks())

storeSuite('an IndexedDB store', options => openIndexedDbStore('test', freshPlatform(), options))

test('what was committed is there when the page is loaded again, and in two tabs', async () => {
  const platform = freshPlatform()
  const [one, two] = [await openIndexedDbStore('test', platform), await openIndexedDbStore('test', platform)]
  await one.commit({ blocks: [block] })
  expect(await two.block(block.cid)).toEqual(block.bytes)
  await Promise.all([one.close(), two.close()])
  const again = await openIndexedDbStore('test', platform)
  expect(await again.block(block.cid)).toEqual(block.bytes)
})

test('a leaf of a large file is stored as its own bytes, not with the whole file', async () => {
  const store = await openIndexedDbStore('test', freshPlatform())
  const { blocks } = fileBlocks(new Uint8Array(3_000_000).fill(7))
  await store.commit({ blocks })
  for (const { cid, bytes } of blocks) expect((await store.block(cid))?.buffer.byteLength).toBe(bytes.length)
})

test('a disk that is full while a change is written: StoreFull, and nothing of the change is there', async () => {
  const store = await openIndexedDbStore('test', freshPlatform())
  await store.commit({ blocks: [block] })
  const other = rawBlock(Uint8Array.of(4))
  const { put } = IDBObjectStore.prototype
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: InstanceType<typeof IDBObjectStore>,
    ...args: Parameters<typeof put>
  ) {
    if (this.name === 'reports') throw new DOMException('full', 'QuotaExceededError')
    return put.apply(this, args)
  })
  const amounts = { gas: 1, memory: 2, output: 3, disk: 4, time: 5 }
  const report = { receipt: other.cid, used: amounts, limits: amounts, log: '' }
  await expect(store.commit({ blocks: [other], reports: [report] })).rejects.toMatchObject({
    name: 'StoreFull',
    message: expect.stringContaining('no disk space'),
  })
  vi.restoreAllMocks()
  expect(await store.hasBlock(other.cid)).toBe(false)
  expect(await store.block(block.cid)).toEqual(block.bytes)
})

test('a store of a newer version, and one that was closed, are a sentence', async () => {
  const platform = freshPlatform()
  const store = await openIndexedDbStore('test', platform)
  await store.close()
  await expect(store.hasBlock(block.cid)).rejects.toMatchObject({ name: 'StoreUnreadable' })
  const newer = platform.indexedDB.open('test', 99)
  await new Promise(resolve => newer.addEventListener('success', resolve))
  newer.result.close()
  await expect(openIndexedDbStore('test', platform)).rejects.toMatchObject({
    name: 'StoreUnreadable',
    message: expect.stringContaining('newer'),
  })
})
