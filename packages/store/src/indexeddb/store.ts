import { CID } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Page, PageOptions } from '../housekeeping.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Report, Store } from '../store.ts'
import { asked, openDatabase } from './database.ts'
import type { Collection, IndexedDbPlatform } from './platform.ts'
import { runRecord, runSummary, type StoredName, type StoredResult, type StoredRun, type StoredUse } from './rows.ts'
import { writeChange, writeRemoval } from './write.ts'

export type { IndexedDbPlatform } from './platform.ts'

/**
 * Opens a store in a database of IndexedDB, and makes it where there is none. A commit is one transaction of strict
 * durability, and those that come after it see it at once. Any number of tabs may share the database.
 *
 * @param platform a tab's or worker's `globalThis`
 * @throws StoreError when the database cannot be opened
 * @example
 * const store = await openIndexedDbStore('ipvm', globalThis)
 */
export async function openIndexedDbStore(
  name: string,
  platform: IndexedDbPlatform,
  { now = systemSeconds }: StoreOptions = {},
): Promise<Store> {
  const db = await openDatabase(name, platform)
  const { read } = db
  return {
    block: cid =>
      read(async store => {
        const bytes = await asked(store('blocks').get(cid.toString()))
        return bytes instanceof Uint8Array ? bytes : undefined
      }),
    hasBlock: cid => read(async store => (await asked(store('uses').getKey(cid.toString()))) !== undefined),
    resultsFor: (task, profile) =>
      read(async store => {
        const found = await rows<StoredResult>(store('results').index('name'), [task.toString(), profile])
        return found.map(({ receipt }) => CID.parse(receipt))
      }),
    receiptsOf: task =>
      read(async store => {
        const found = new Map<unknown, string>()
        for (const index of ['ran', 'resolved']) {
          const collection = store('receipts').index(index)
          const keys = await asked(collection.getAllKeys(task.toString()))
          const values = await rows<{ cid: string }>(collection, task.toString())
          for (const [i, { cid }] of values.entries()) found.set(keys[i], cid)
        }
        return [...found].sort(([a], [b]) => Number(a) - Number(b)).map(([, cid]) => CID.parse(cid))
      }),
    report: receipt => read(store => row<Report>(store('reports'), receipt.toString())),
    aliased: alias => read(store => cidAt(store('aliases'), alias.toString())),
    names: (iss, name) =>
      read(async store => {
        const found = await rows<StoredName>(store('names').index('name'), [withoutFragment(iss), name])
        return newestFirst(found.map(({ seq, record }) => ({ seq, record: CID.parse(record) })))
      }),
    sourceMap: mod => read(store => cidAt(store('sourceMaps'), mod.toString())),
    localName: local => read(store => cidAt(store('localNames'), local)),
    localNames: () =>
      read(async store => {
        const found = await entries(store('localNames'))
        return inOrder(found.map(([local, record]) => ({ local, record })))
      }),
    revokersOf: cid =>
      read(async store => {
        const found = await rows<{ revoker: Did }>(store('revocations').index('revoked'), cid.toString())
        return found.map(({ revoker }) => revoker)
      }),
    runs: (limit, before) =>
      read(async store => {
        const runs = store('runs')
        const number = before && (await asked(runs.index('run').getKey(before.toString())))
        if (before && number === undefined) return []
        const range = before && platform.IDBKeyRange.upperBound(number, true)
        const found = await lastFirst<StoredRun>(runs, range, limit)
        return Promise.all(found.map(run => runSummary(store, run)))
      }),
    run: id =>
      read(async store => {
        const run = await row<StoredRun>(store('runs').index('run'), id.toString())
        return run && runRecord(store, run)
      }),
    runOf: workflow =>
      read(async store => {
        const [run] = await lastFirst<StoredRun>(store('runs').index('workflow'), workflow.toString(), 1)
        return run && runRecord(store, run)
      }),
    listBlocks: page =>
      read(async store => {
        const found = await pageOf<StoredUse>(store('uses'), page, platform)
        return { ...found, items: found.items.map(([key, use]) => ({ cid: CID.parse(String(key)), ...use })) }
      }),
    listReceipts: page =>
      read(async store => {
        const found = await pageOf<{ cid: string }>(store('receipts'), page, platform)
        return { ...found, items: found.items.map(([, { cid }]) => CID.parse(cid)) }
      }),
    listRevocations: () =>
      read(async store => (await rows<{ token: string }>(store('revocations'))).map(({ token }) => CID.parse(token))),
    listNames: () =>
      read(async store => (await rows<StoredName>(store('names'))).map(({ record }) => CID.parse(record))),
    listSourceMaps: () =>
      read(async store => (await entries(store('sourceMaps'))).map(([mod, map]) => ({ mod: CID.parse(mod), map }))),
    pins: () => read(async store => (await asked(store('pins').getAllKeys())).map(key => CID.parse(String(key)))),
    trusts: executor =>
      read(async store => (await asked(store('trusted').getKey(withoutFragment(executor)))) !== undefined),
    remove: removal => db.write(store => writeRemoval(store, removal)),
    commit: change => db.write(store => writeChange(store, change, now())),
    close: async () => db.close(),
  }
}

/** What we wrote is what we read: the database is this program's own. */
async function row<T>(collection: Collection, key: unknown): Promise<T | undefined> {
  return (await asked(collection.get(key))) as T | undefined
}

async function rows<T>(collection: Collection, key?: unknown): Promise<readonly T[]> {
  return (await asked(collection.getAll(key))) as readonly T[]
}

/** The CID under a key of an object store that holds nothing else. */
async function cidAt(collection: Collection, key: string): Promise<CID | undefined> {
  const cid = await row<string>(collection, key)
  return cid === undefined ? undefined : CID.parse(cid)
}

async function entries(collection: Collection): Promise<readonly (readonly [key: string, cid: CID])[]> {
  const keys = await asked(collection.getAllKeys())
  const cids = await rows<string>(collection)
  return cids.map((cid, i) => [String(keys[i]), CID.parse(cid)] as const)
}

async function pageOf<T>(
  collection: Collection,
  { limit, after }: PageOptions,
  { IDBKeyRange }: IndexedDbPlatform,
): Promise<Page<readonly [key: unknown, value: T]>> {
  const range = after === undefined ? undefined : IDBKeyRange.lowerBound(after, true)
  const keys = await asked(collection.getAllKeys(range, limit))
  const values = (await asked(collection.getAll(range, limit))) as readonly T[]
  const last = keys.length < limit ? undefined : keys.at(-1)
  const next = typeof last === 'string' || typeof last === 'number' ? last : undefined
  return { items: values.map((value, i) => [keys[i], value] as const), next }
}

function lastFirst<T>(collection: Collection, query: unknown, limit: number): Promise<readonly T[]> {
  const found: T[] = []
  const request = collection.openCursor(query, 'prev')
  return new Promise((resolve, reject) => {
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      const cursor = request.result
      if (!cursor || found.length >= limit) return resolve(found)
      found.push(cursor.value as T)
      cursor.continue()
    })
  })
}
