import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import { applicationId, migrations, schemaVersion } from './schema.ts'

/**
 * How much of the file a connection that writes keeps in memory. Names are hashes, so that every new one goes to another
 * place of their index: it has to be at hand, and 2 MiB, what SQLite has by itself, hold that of a few thousand tasks.
 */
const cacheKibibytes = 32 * 1024

/** How many pages of 4 KiB gather in the log before they go to the file. The more, the oftener one goes there for several. */
const checkpointPages = 4096

/** For how long one waits for another who writes, milliseconds. */
const busyMilliseconds = 5000

/** Opens the file of a store, and makes it, or brings it up to this version, where it has to be. */
export function openDatabase(path: string): DatabaseSync {
  makePrivate(path)
  // From the first look on: another process may be making the tables.
  const db = new DatabaseSync(path, { timeout: busyMilliseconds })
  // In this order: whoever makes the tables says whose they are in the same transaction.
  const isNew = db.prepare('SELECT 1 FROM sqlite_master').get() === undefined
  const foreign = Number(db.prepare('PRAGMA application_id').get()?.application_id)
  if (foreign !== applicationId && !isNew) {
    throw new StoreError(
      'StoreCorrupt',
      `${path} is the database of another program: choose another folder with --home`,
      undefined,
    )
  }
  if (isNew) db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  settle(db)
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
  if (version > schemaVersion) {
    const message = `the store ${path} was written by a newer ipvm (format ${version}, this one knows ${schemaVersion}): update ipvm`
    throw new StoreError('StoreUnreadable', message, undefined)
  }
  if (version < schemaVersion) {
    // Another process may have made the tables since they were looked for.
    transaction(db, () => {
      const steps = migrations.slice(Number(db.prepare('PRAGMA user_version').get()?.user_version))
      db.exec(`${steps.join('')} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`)
    })
  }
  return db
}

/** One more connection to a store that this process has open. */
export function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  settle(db)
  return db
}

function settle(db: DatabaseSync): void {
  db.exec(`PRAGMA busy_timeout = ${busyMilliseconds}`)
  patiently(() => db.exec('PRAGMA journal_mode = WAL'))
  db.exec(`PRAGMA synchronous = FULL; PRAGMA cache_size = -${cacheKibibytes};
    PRAGMA wal_autocheckpoint = ${checkpointPages};`)
}

const busyCode = 5

/** How long to wait before a file is looked at again that another one is just changing, milliseconds. */
const againMilliseconds = 5

/**
 * Does what SQLite says at once that it cannot, whatever the busy time-out: to change the journal's mode while another one
 * does, or makes the tables, or recovers from a crash.
 */
function patiently(work: () => void): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  for (let waited = 0; ; waited += againMilliseconds) {
    try {
      work()
      return
    } catch (thrown) {
      if (waited >= busyMilliseconds || !isBusy(thrown)) throw thrown
      Atomics.wait(sleeper, 0, 0, againMilliseconds)
    }
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === busyCode
}

/** Does work that is written as a whole or not at all. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const done = work()
    db.exec('COMMIT')
    return done
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw thrown
  }
}

/** A new store is for its owner's eyes alone, and so are the files that SQLite puts beside it. */
function makePrivate(path: string): void {
  if (path === ':memory:') return
  try {
    // Only where it is not there: closing a file that this process has open elsewhere would drop its locks (POSIX).
    closeSync(openSync(path, 'ax', 0o600))
  } catch {
    // SQLite says it better.
  }
}
