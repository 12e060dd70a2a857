import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { byteOrder } from '../byte-order.ts'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { BlockEntry, Page, PageOptions } from '../housekeeping.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import { StoreError, type Store } from '../store.ts'
import { storeError } from './fault.ts'
import { groupCommit } from './group.ts'
import { sqliteClaims } from './claim.ts'
import {
  blob,
  cidIn,
  intent,
  journalEntry,
  kvEntry,
  nameIndex,
  optional,
  pendingRequest,
  runRecord,
  runState,
  runSummary,
  scheduleRecord,
  storedReport,
  type Row,
} from './rows.ts'
import { applicationId, migrations, schemaVersion } from './schema.ts'
import { prepare, type Statements } from './statements.ts'
import { writeChanges, writeRemoval } from './write.ts'

export { claimantOf } from './claimant.ts'

/**
 * How much of the file is kept in memory. Names are hashes, so that every new one goes to another place of the indexes:
 * these have to be at hand, and 2 MiB, what SQLite has by itself, hold those of a few thousand tasks.
 */
const cacheKibibytes = 32 * 1024

/** How many pages of 4 KiB gather in the log before they go to the file. The more, the oftener one goes there for several. */
const checkpointPages = 4096

/**
 * Opens a store in a SQLite file, and makes it where there is none. WAL with `synchronous=FULL`: a commit that has
 * resolved is on the disk. Any number of processes may share the file.
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
  const sql = guard(() => prepare(db))
  const read = async <T>(work: () => T): Promise<T> => guard(work)
  /** For what is asked rarely: what still waits is written first. */
  const readAll = async <T>(work: () => T): Promise<T> => {
    group.flush()
    return guard(work)
  }
  const group = groupCommit(changes => {
    guard(() => transaction(db, () => writeChanges(sql, changes, now())))
  })
  const claims = sqliteClaims(path, guard, sql)
  return {
    block: async cid => (await group.front.block(cid)) ?? read(() => blob(sql.block.get(cid.bytes), 'bytes')),
    hasBlock: async cid => (await group.front.hasBlock(cid)) || read(() => sql.hasBlock.get(cid.bytes) !== undefined),
    resultsFor: async (name, profile) => {
      const written = await read(() => sql.results.all(name.bytes, profile).map(row => cidIn(row, 'receipt')))
      return [...written, ...(await group.front.resultsFor(name, profile))]
    },
    receiptsOf: task => read(() => sql.receiptsOf.all(task.bytes, task.bytes).map(row => cidIn(row, 'cid'))),
    report: async receipt =>
      (await group.front.report(receipt)) ?? read(() => optional(sql.report.get(receipt.bytes), storedReport)),
    aliased: async alias =>
      (await group.front.aliased(alias)) ??
      read(() => optional(sql.aliased.get(alias.bytes), row => cidIn(row, 'name'))),
    revokersOf: async cid => {
      const written = await read(() => sql.revokers.all(cid.bytes).map(row => String(row.revoker) as Did))
      return [...written, ...(await group.front.revokersOf(cid))]
    },
    names: async (iss, name) => {
      const written = await read(() => sql.names.all(withoutFragment(iss), name).map(nameIndex))
      return newestFirst([...written, ...(await group.front.names(iss, name))])
    },
    sourceMap: async mod =>
      (await group.front.sourceMap(mod)) ??
      read(() => optional(sql.sourceMap.get(mod.bytes), row => cidIn(row, 'map'))),
    localName: async local =>
      (await group.front.localName(local)) ??
      read(() => optional(sql.localName.get(local), row => cidIn(row, 'record'))),
    localNames: async () => {
      const written = await read(() =>
        sql.localNames.all().map(row => ({ local: String(row.local), record: cidIn(row, 'record') })),
      )
      return inOrder([...written, ...(await group.front.localNames())])
    },
    runs: (limit, before) => {
      const rows = () => (before ? sql.runsBefore.all(before.bytes, limit) : sql.runs.all(limit))
      return readAll(() => rows().map(row => runSummary(sql, row)))
    },
    run: id => readAll(() => optional(sql.run.get(id.bytes), row => runRecord(sql, row))),
    runOf: workflow => readAll(() => optional(sql.runOf.get(workflow.bytes), row => runRecord(sql, row))),
    openRuns: () => readAll(() => sql.openRuns.all().map(runState)),
    journal: (run, after = 0) => readAll(() => sql.journal.all(run.bytes, after).map(row => journalEntry(run, row))),
    intent: task => readAll(() => optional(sql.intent.get(task.bytes), intent)),
    intents: () => readAll(() => sql.intents.all().map(intent)),
    requests: () => readAll(() => sql.requests.all().map(pendingRequest)),
    schedules: () => readAll(() => sql.schedules.all().map(scheduleRecord)),
    kv: key => readAll(() => optional(sql.kv.get(utf8.encode(key)), kvEntry)),
    kvVersion: key => readAll(() => Number(sql.kvVersion.get(utf8.encode(key))?.version ?? 0)),
    kvList: (prefix, page) => readAll(() => kvRows(sql, prefix, page).map(kvEntry)),
    isSecret: cid => readAll(() => sql.isSecret.get(cid.bytes) !== undefined),
    listBlocks: page => read(() => pageOf(sql.listBlocks.all(...range(page)), page, blockEntry)),
    listReceipts: page => read(() => pageOf(sql.listReceipts.all(...range(page)), page, row => cidIn(row, 'cid'))),
    listRevocations: () => read(() => sql.listRevocations.all().map(row => cidIn(row, 'token'))),
    listNames: () => read(() => sql.listNames.all().map(row => cidIn(row, 'record'))),
    listSourceMaps: () =>
      read(() => sql.listSourceMaps.all().map(row => ({ mod: cidIn(row, 'mod'), map: cidIn(row, 'map') }))),
    listSecrets: () => readAll(() => sql.listSecrets.all().map(row => cidIn(row, 'cid'))),
    pins: () => read(() => sql.pins.all().map(row => cidIn(row, 'cid'))),
    trusts: executor => read(() => sql.trusts.get(withoutFragment(executor)) !== undefined),
    remove: removal =>
      read(() => {
        group.flush()
        const removed = transaction(db, () => writeRemoval(sql, removal))
        // What became free goes back to the disk; a store of an earlier version keeps it for what comes.
        if (removed) db.exec('PRAGMA incremental_vacuum')
        return removed
      }),
    claim: claims.claim,
    foreignWrites: () => read(() => Number(sql.dataVersion.get()?.data_version)),
    commit: group.commit,
    close: async () => {
      group.flush()
      claims.giveBack()
      db.close()
    },
  }
}

function openDatabase(path: string): DatabaseSync {
  makePrivate(path)
  const db = new DatabaseSync(path)
  const foreign = Number(db.prepare('PRAGMA application_id').get()?.application_id)
  const isNew = db.prepare('SELECT 1 FROM sqlite_master').get() === undefined
  if (foreign !== applicationId && !isNew) {
    throw new StoreError(
      'StoreCorrupt',
      `${path} is the database of another program: choose another folder with --home`,
      undefined,
    )
  }
  if (isNew) db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  db.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  db.exec(`PRAGMA cache_size = -${cacheKibibytes}; PRAGMA wal_autocheckpoint = ${checkpointPages};`)
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

function transaction<T>(db: DatabaseSync, work: () => T): T {
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

const utf8 = new TextEncoder()

function kvRows(
  sql: Statements,
  prefix: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): readonly Row[] {
  const begin = utf8.encode(prefix)
  // No byte of UTF-8 is 0xff: it is beyond every key that begins with these.
  const end = Uint8Array.of(...begin, 0xff)
  if (after === undefined || byteOrder(after, prefix) < 0) return sql.kvFrom.all(begin, end, limit)
  return sql.kvAfter.all(utf8.encode(after), end, limit)
}

function range({ limit, after }: PageOptions): [after: number, limit: number] {
  return [Number(after ?? 0), limit]
}

function pageOf<T>(rows: readonly Row[], { limit }: PageOptions, map: (row: Row) => T): Page<T> {
  const last = rows.length < limit ? undefined : rows.at(-1)
  return { items: rows.map(map), ...(last && { next: Number(last.number) }) }
}

function blockEntry(row: Row): BlockEntry {
  return { cid: cidIn(row, 'cid'), size: Number(row.size), used: Number(row.used) }
}
