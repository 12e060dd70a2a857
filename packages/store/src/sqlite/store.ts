import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Change, Store } from '../store.ts'
import { changeRows } from './change-rows.ts'
import { sqliteClaims } from './claim.ts'
import { openDatabase, transaction } from './database.ts'
import { storeError } from './fault.ts'
import { groupCommit } from './group.ts'
import { readerOf } from './reader.ts'
import { contentReads, doingReads, eventReads, lists, nameReads, runReads } from './reads.ts'
import { writeRemoval } from './removal.ts'
import { prepare } from './statements.ts'
import { StoreWriter } from './store-writer.ts'

export { claimantOf } from './claimant.ts'
export { damageOf } from './integrity.ts'

/**
 * Opens a store in a SQLite file, and makes it where there is none. WAL with `synchronous=FULL`: a commit that has
 * resolved is on the disk. Any number of processes may share the file. Once there is more to write than a small run
 * brings, a thread of its own does that.
 *
 * @throws StoreError when the file is damaged, locked, or cannot be opened
 */
export function openSqliteStore(path: string, { now = systemSeconds }: StoreOptions = {}): Store {
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw storeError(path, thrown)
    }
  }
  const db = guard(() => openDatabase(path))
  const sql = prepare(db)
  const writer = new StoreWriter(path, db)
  const write = (changes: readonly Change[]) => writer.write(changes.map(change => changeRows(change, now())))
  const group = groupCommit(write)
  const claims = sqliteClaims(path, db, sql)
  const reader = readerOf(sql, guard, group)
  return {
    ...contentReads(reader),
    ...runReads(reader),
    ...doingReads(reader),
    ...eventReads(reader),
    ...nameReads(reader),
    ...lists(reader),
    remove: async removal => {
      await group.drain()
      return guard(() => {
        const removed = transaction(db, () => writeRemoval(db, removal))
        // What became free goes back to the disk; a store of an earlier version keeps it for what comes.
        if (removed) db.exec('PRAGMA incremental_vacuum')
        return removed
      })
    },
    removals: async () => guard(() => Number(sql.removals.get()?.number)),
    claim: async owner => guard(() => claims.claim(owner)),
    foreignWrites: () => writer.foreignWrites(),
    commit: change => group.commit(change),
    close: async () => {
      await group.drain()
      claims.giveBack()
      await writer.close()
      db.close()
    },
  }
}
