import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'

/** How often it is tried again, milliseconds. */
const againMilliseconds = 15

/**
 * Does something while no other process does what is done under the same lock. It is the lock on an empty database, which
 * the system drops with its process, however that ends.
 *
 * @returns what was done; undefined where another one had the lock for so many milliseconds
 */
export async function whileLocked<T>(path: string, within: number, work: () => Promise<T>): Promise<T | undefined> {
  const until = performance.now() + within
  for (;;) {
    const lock = taken(path)
    if (lock) {
      try {
        return await work()
      } finally {
        lock.close()
      }
    }
    if (performance.now() > until) return undefined
    await wait(againMilliseconds)
  }
}

function taken(path: string): DatabaseSync | undefined {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (thrown) {
    db.close()
    if (thrown instanceof Error && 'errcode' in thrown && thrown.errcode === busyCode) return undefined
    throw thrown
  }
}

/** SQLITE_BUSY */
const busyCode = 5
