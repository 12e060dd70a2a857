import { CID } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Page, PageOptions } from '../housekeeping.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Report, Store } from '../store.ts'
import { asked, openDatabase } from './database.ts'
import type { Collection, IndexedDbPlatform } from './platform.ts'
import { indexedDbClaims } from './claim.ts'
import { findRun, journal, openRuns, runRecord, runSummary, type NumberedRun } from './journal.ts'
import {
  intent,
  journalEntry,
  kvEntry,
  kvKey,
  kvRange,
  pendingRequest,
  scheduleRecord,
  type StoredIntent,
  type StoredName,
  type StoredRequest,
  type StoredResult,
  type StoredRun,
  type StoredSchedule,
  type StoredUse,
  type StoredValue,
  type StoreOf,
} from './rows.ts'
import { countWrite, writeChange, writeRemoval, writes } from './write.ts'

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
  const { IDBKeyRange: ranges } = platform
  const claims = indexedDbClaims(name, db, platform)
  let own = 0
  const write = async <T>(work: (store: StoreOf) => Promise<T>): Promise<T> => {
    const written = await db.write(async store => {
      await countWrite(store)
      return work(store)
    })
    own += 1
    return written
  }
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
        const range = before && ranges.upperBound(number, true)
        const found = await lastFirst(runs, range, limit)
        return Promise.all(found.map(run => runSummary(store, ranges, run)))
      }),
    run: id =>
      read(async store => {
        const found = await findRun(store, id)
        return found && runRecord(store, ranges, found)
      }),
    runOf: workflow =>
      read(async store => {
        const [found] = await lastFirst(store('runs').index('workflow'), workflow.toString(), 1)
        return found && runRecord(store, ranges, found)
      }),
    openRuns: () => read(openRuns),
    journal: (run, after = 0) =>
      read(async store => {
        const found = await findRun(store, run)
        const entries = found ? await journal(store, ranges, found.number, after) : []
        return entries.map(entry => journalEntry(run, entry))
      }),
    intent: task =>
      read(async store => {
        const stored = await row<StoredIntent>(store('intents').index('task'), task.toString())
        return stored && intent(stored)
      }),
    intents: () => read(async store => (await rows<StoredIntent>(store('intents'))).map(intent)),
    requests: () =>
      read(async store => {
        const numbers = await asked(store('requests').getAllKeys())
        return (await rows<StoredRequest>(store('requests'))).map((stored, i) => pendingRequest(numbers[i], stored))
      }),
    schedules: () => read(async store => (await rows<StoredSchedule>(store('schedules'))).map(scheduleRecord)),
    kv: key =>
      read(async store => {
        const stored = await row<StoredValue>(store('kv'), kvKey(key))
        return stored && { key, ...stored }
      }),
    kvVersion: key =>
      read(async store => {
        const stored = await row<StoredValue>(store('kv'), kvKey(key))
        return stored?.version ?? (await row<number>(store('kvGone'), kvKey(key))) ?? 0
      }),
    kvList: (prefix, { limit, after }) =>
      read(async store => {
        const range = kvRange(platform, prefix, after)
        if (!range) return []
        const keys = await asked(store('kv').getAllKeys(range, limit))
        const values = (await asked(store('kv').getAll(range, limit))) as readonly StoredValue[]
        return values.map((stored, i) => kvEntry(keys[i], stored))
      }),
    isSecret: cid => read(async store => (await asked(store('secrets').getKey(cid.toString()))) !== undefined),
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
    listSecrets: () => read(store => cidKeys(store('secrets'))),
    pins: () => read(store => cidKeys(store('pins'))),
    trusts: executor =>
      read(async store => (await asked(store('trusted').getKey(withoutFragment(executor)))) !== undefined),
    remove: removal => write(store => writeRemoval(store, removal, ranges)),
    claim: claims.claim,
    foreignWrites: async () => (await read(writes)) - own,
    commit: change => write(store => writeChange(store, change, now(), ranges)),
    close: async () => {
      claims.giveBack()
      db.close()
    },
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

/** The keys of an object store whose keys are CIDs. */
async function cidKeys(collection: Collection): Promise<readonly CID[]> {
  return (await asked(collection.getAllKeys())).map(key => CID.parse(String(key)))
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

function lastFirst(collection: Collection, query: unknown, limit: number): Promise<readonly NumberedRun[]> {
  const found: NumberedRun[] = []
  const request = collection.openCursor(query, 'prev')
  return new Promise((resolve, reject) => {
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      const cursor = request.result
      if (!cursor || found.length >= limit) return resolve(found)
      found.push({ number: cursor.primaryKey, stored: cursor.value as StoredRun })
      cursor.continue()
    })
  })
}
