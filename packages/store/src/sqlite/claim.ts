import { DatabaseSync } from 'node:sqlite'
import { error, ok } from '@ipvm/ipld'
import { claimed, plainClaims } from '../claim.ts'
import { StoreError, type Store } from '../store.ts'
import { storeError } from './fault.ts'
import type { Statements } from './statements.ts'

/** How a store is claimed. */
interface Claims {
  readonly claim: Store['claim']
  /** Gives back what was claimed and not given back. */
  readonly giveBack: () => void
}

/**
 * Claims by the lock on a small database of its own beside the store: the system drops it with the process, however that
 * ends, and the store itself stays open to everyone. Who has it is noted in the store.
 */
export function sqliteClaims(path: string, db: DatabaseSync, sql: Statements): Claims {
  if (path === ':memory:') return { claim: plainClaims(), giveBack: () => {} }
  const held = new Set<DatabaseSync>()
  const claim: Store['claim'] = async owner => {
    const lock = taken(`${path}-claim`)
    if (!lock) return error(claimed(String(sql.claimed.get()?.owner ?? 'another process')))
    try {
      db.prepare('INSERT OR REPLACE INTO claimed VALUES (1, ?)').run(owner)
    } catch (thrown) {
      // The lock counts; on a full disk the note is of who had it before.
      if (!isFull(path, thrown)) {
        lock.close()
        throw thrown
      }
    }
    held.add(lock)
    return ok({
      release: async () => {
        if (held.delete(lock)) lock.close()
      },
    })
  }
  const giveBack = () => {
    for (const lock of held) lock.close()
    held.clear()
  }
  return { claim, giveBack }
}

/** Who only looks whether the lock is taken holds it up for less than this, milliseconds. */
const lookMilliseconds = 100

function isFull(path: string, thrown: unknown): boolean {
  const fault = storeError(path, thrown)
  return fault instanceof StoreError && fault.name === 'StoreFull'
}

/** A connection that holds the lock of a file; undefined where another one does. */
function taken(path: string): DatabaseSync | undefined {
  const db = new DatabaseSync(path, { timeout: lookMilliseconds })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (thrown) {
    db.close()
    const fault = storeError(path, thrown)
    if (fault instanceof StoreError && fault.name === 'StoreLocked') return undefined
    throw thrown
  }
}
