import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import { storeError } from './fault.ts'

/**
 * Who has the claim on the store at `path`, and so runs its workflows; undefined where nobody does. It looks, and takes
 * nothing: neither a claim nor a write.
 *
 * @throws StoreError when the file is damaged, or cannot be opened
 */
export function claimantOf(path: string): string | undefined {
  if (path === ':memory:' || !isLocked(`${path}-claim`)) return undefined
  return reading(path, db => String(db.prepare('SELECT owner FROM claimed').get()?.owner ?? 'another process'))
}

function isLocked(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    return reading(path, db => db.prepare('SELECT count(*) FROM sqlite_schema').get() === undefined)
  } catch (thrown) {
    if (thrown instanceof StoreError && thrown.name === 'StoreLocked') return true
    throw thrown
  }
}

function reading<T>(path: string, work: (db: DatabaseSync) => T): T {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    try {
      return work(db)
    } finally {
      db.close()
    }
  } catch (thrown) {
    throw storeError(path, thrown)
  }
}
