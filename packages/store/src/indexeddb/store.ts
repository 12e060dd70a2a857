import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Store } from '../store.ts'
import { indexedDbClaims } from './claim.ts'
import { openDatabase } from './database.ts'
import { eventReads } from './events.ts'
import type { IndexedDbPlatform } from './platform.ts'
import { contentReads, doingReads, lists, nameReads, runReads, valueAt } from './reads.ts'
import type { StoreOf } from './rows.ts'
import { countRemovals, countWrite, writeChange, writeRemoval, writes } from './write.ts'

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
  const reader = { read, platform }
  return {
    ...contentReads(reader),
    ...nameReads(reader),
    ...runReads(reader),
    ...doingReads(reader),
    ...eventReads(reader, platform, valueAt),
    ...lists(reader),
    remove: removal => write(store => writeRemoval(store, removal, ranges)),
    removals: () => read(countRemovals),
    claim: claims.claim,
    foreignWrites: async () => (await read(writes)) - own,
    commit: change => write(store => writeChange(store, change, now(), platform)),
    close: async () => {
      claims.giveBack()
      db.close()
    },
  }
}
