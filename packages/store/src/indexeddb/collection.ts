import { CID } from '@ipvm/ipld'
import type { Page, PageOptions } from '../housekeeping.ts'
import { asked } from './asked.ts'
import type { NumberedRun } from './journal.ts'
import type { Collection, IndexedDbPlatform } from './platform.ts'
import type { StoredRun } from './rows.ts'

/** What we wrote is what we read: the database is this program's own. */
export async function row<T>(collection: Collection, key: unknown): Promise<T | undefined> {
  return (await asked(collection.get(key))) as T | undefined
}

/** All that there is, or all under a key. */
export async function rows<T>(collection: Collection, key?: unknown): Promise<readonly T[]> {
  return (await asked(collection.getAll(key))) as readonly T[]
}

/** The CID under a key of an object store that holds nothing else. */
export async function cidAt(collection: Collection, key: string): Promise<CID | undefined> {
  const cid = await row<string>(collection, key)
  return cid === undefined ? undefined : CID.parse(cid)
}

/** The keys of an object store whose keys are CIDs. */
export async function cidKeys(collection: Collection): Promise<readonly CID[]> {
  return (await asked(collection.getAllKeys())).map(key => CID.parse(String(key)))
}

/** The keys of an object store that holds CIDs, with these. */
export async function entries(collection: Collection): Promise<readonly (readonly [key: string, cid: CID])[]> {
  const keys = await asked(collection.getAllKeys())
  const cids = await rows<string>(collection)
  return cids.map((cid, i) => [String(keys[i]), CID.parse(cid)] as const)
}

/** A part of an object store, by its keys. */
export async function pageOf<T>(
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

/** Some runs, the newest first. */
export function lastFirst(collection: Collection, query: unknown, limit: number): Promise<readonly NumberedRun[]> {
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
