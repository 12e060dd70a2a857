import { DatabaseSync } from 'node:sqlite'
import { storeError } from './fault.ts'

/**
 * What SQLite finds wrong in the file of a store; undefined where it is sound. It reads all of it, and changes nothing.
 *
 * @throws StoreError when the file cannot be opened, or is no database
 */
export function damageOf(path: string): string | undefined {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: busyMilliseconds })
    try {
      const found = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
      return found === 'ok' ? undefined : found
    } finally {
      db.close()
    }
  } catch (thrown) {
    throw storeError(path, thrown)
  }
}

/** For how long one waits for another who writes, milliseconds. */
const busyMilliseconds = 5000
