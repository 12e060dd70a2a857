import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { CID, type Block } from '@ipvm/ipld'
import { resolvedName, type Receipt } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'
import {
  StoreError,
  type Change,
  type NameIndex,
  type Report,
  type ReportRecord,
  type Resources,
  type ResultIndex,
  type RunEnd,
  type RunState,
  type RunSummary,
  type RunRecord,
  type Settlement,
  type Store,
} from '../store.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import { storeError } from './fault.ts'
import { groupCommit } from './group.ts'
import { applicationId, migrations, schemaVersion } from './schema.ts'

/**
 * How much of the file is kept in memory. Names are hashes, so that every new one goes to another place of the indexes:
 * these have to be at hand, and 2 MiB, what SQLite has by itself, hold those of a few thousand tasks.
 */
const cacheKibibytes = 32 * 1024

/** How many pages of 4 KiB gather in the log before they go to the file. The more, the oftener one goes there for several. */
const checkpointPages = 4096

type Row = Record<string, unknown>

/**
 * Opens a store in a SQLite file, and makes it where there is none. WAL with `synchronous=FULL`: a commit that has
 * resolved is on the disk. Any number of processes may share the file.
 *
 * @throws StoreError when the file is damaged, locked, or cannot be opened
 */
export function openSqliteStore(path: string): Store {
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
  const group = groupCommit(changes => guard(() => transaction(db, () => write(sql, changes))))
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
    pinned: async local =>
      (await group.front.pinned(local)) ?? read(() => optional(sql.pinned.get(local), row => cidIn(row, 'record'))),
    pins: async () => {
      const written = await read(() =>
        sql.pins.all().map(row => ({ local: String(row.local), record: cidIn(row, 'record') })),
      )
      return inOrder([...written, ...(await group.front.pins())])
    },
    runs: limit => read(() => sql.runs.all(limit).map(row => runSummary(sql, row))),
    run: id => read(() => optional(sql.run.get(id.bytes), row => runRecord(sql, row))),
    runOf: workflow => read(() => optional(sql.runOf.get(workflow.bytes), row => runRecord(sql, row))),
    commit: group.commit,
    close: async () => {
      group.flush()
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
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch {
    // SQLite says it better.
  }
}

function transaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw thrown
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(db: DatabaseSync) {
  const runColumns = 'SELECT run, workflow, name, tasks, at, owner, ended, ended_at FROM runs'
  return {
    block: db.prepare('SELECT bytes FROM blocks WHERE cid = ?'),
    hasBlock: db.prepare('SELECT 1 FROM blocks WHERE cid = ?'),
    results: db.prepare('SELECT receipt FROM results WHERE name = ? AND profile = ? ORDER BY rowid'),
    receiptsOf: db.prepare('SELECT cid FROM receipts WHERE ran = ? OR resolved = ? ORDER BY rowid'),
    runs: db.prepare(`${runColumns} ORDER BY number DESC LIMIT ?`),
    run: db.prepare(`${runColumns} WHERE run = ?`),
    runOf: db.prepare(`${runColumns} WHERE workflow = ? ORDER BY number DESC LIMIT 1`),
    runTasks: db.prepare('SELECT label, task, how, receipt, milliseconds FROM run_tasks WHERE run = ? ORDER BY rowid'),
    runCounts: db.prepare(
      'SELECT how, count(*) AS n, sum(milliseconds) AS ms FROM run_tasks WHERE run = ? GROUP BY how',
    ),
    report: db.prepare('SELECT * FROM reports WHERE receipt = ?'),
    putReport: db.prepare('INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    aliased: db.prepare('SELECT name FROM aliases WHERE alias = ?'),
    putAlias: db.prepare('INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING'),
    revokers: db.prepare('SELECT revoker FROM revocations WHERE revoked = ?'),
    putRevocation: db.prepare('INSERT INTO revocations VALUES (?, ?) ON CONFLICT DO NOTHING'),
    names: db.prepare('SELECT seq, record FROM names WHERE iss = ? AND name = ?'),
    putName: db.prepare('INSERT INTO names VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    sourceMap: db.prepare('SELECT map FROM source_maps WHERE mod = ?'),
    putSourceMap: db.prepare('INSERT OR REPLACE INTO source_maps VALUES (?, ?)'),
    pinned: db.prepare('SELECT record FROM pins WHERE local = ?'),
    pins: db.prepare('SELECT local, record FROM pins'),
    putPin: db.prepare('INSERT OR REPLACE INTO pins VALUES (?, ?)'),
    // What is stored may have been damaged since: the same block, brought again, mends it.
    putBlock: db.prepare(`INSERT INTO blocks VALUES (?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes IS NOT excluded.bytes`),
    putReceipt: db.prepare('INSERT INTO receipts VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    putResult: db.prepare('INSERT INTO results VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    startRun: db.prepare(
      'INSERT INTO runs (run, workflow, name, tasks, at, owner) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    settleTask: db.prepare('INSERT OR REPLACE INTO run_tasks VALUES (?, ?, ?, ?, ?, ?)'),
    endRun: db.prepare('UPDATE runs SET ended = ?, ended_at = ? WHERE run = ?'),
  } satisfies Record<string, StatementSync>
}

function write(sql: Statements, changes: readonly Change[]): void {
  for (const change of changes) writeChange(sql, change)
}

function writeChange(sql: Statements, change: Change): void {
  for (const block of change.blocks ?? []) writeBlock(sql, block)
  for (const receipt of change.receipts ?? []) writeReceipt(sql, receipt)
  for (const report of change.reports ?? []) writeReport(sql, report)
  for (const result of change.results ?? []) writeResult(sql, result)
  for (const revocation of change.revocations ?? []) {
    writeBlock(sql, revocation)
    sql.putRevocation.run(revocation.revoke.bytes, withoutFragment(revocation.iss))
  }
  for (const record of change.names ?? []) {
    writeBlock(sql, record)
    sql.putName.run(withoutFragment(record.iss), record.name, record.seq, record.cid.bytes)
  }
  for (const { mod, map } of change.sourceMaps ?? []) sql.putSourceMap.run(mod.bytes, map.bytes)
  for (const { local, record } of change.pins ?? []) sql.putPin.run(local, record.bytes)
  for (const [alias, name] of change.aliases ?? []) sql.putAlias.run(alias.bytes, name.bytes)
  const { runStarted, taskSettled, runEnded } = change
  if (runStarted) {
    const { run, workflow, name = null, tasks, at, owner } = runStarted
    sql.startRun.run(run.bytes, workflow.bytes, name, tasks, at, owner)
  }
  if (taskSettled) {
    const { label, task, how, receipt, milliseconds } = taskSettled.task
    sql.settleTask.run(taskSettled.run.bytes, label, task.bytes, how, receipt.bytes, milliseconds)
  }
  if (runEnded) sql.endRun.run(runEnded.end, runEnded.at, runEnded.run.bytes)
}

function writeBlock(sql: Statements, { cid, bytes }: Block): void {
  sql.putBlock.run(cid.bytes, bytes)
}

function writeReceipt(sql: Statements, receipt: Receipt): void {
  writeBlock(sql, receipt)
  sql.putReceipt.run(receipt.cid.bytes, receipt.ran.bytes, resolvedName(receipt).bytes)
}

function writeReport(sql: Statements, { receipt, used, limits, log, stack }: ReportRecord): void {
  const amounts = [used, limits].flatMap(({ gas, memory, output, disk, time }) => [gas, memory, output, disk, time])
  sql.putReport.run(receipt.bytes, ...amounts, log, stack ? JSON.stringify(stack) : null)
}

function storedReport(row: Row): Report {
  const amount = (column: string) => Number(row[column])
  const resources = (suffix: string): Resources => ({
    gas: amount(`gas${suffix}`),
    memory: amount(`memory${suffix}`),
    output: amount(`output${suffix}`),
    disk: amount(`disk${suffix}`),
    time: amount(`time${suffix}`),
  })
  const stack: unknown = typeof row.stack === 'string' ? JSON.parse(row.stack) : undefined
  return {
    ...{ used: resources(''), limits: resources('_limit'), log: String(row.log) },
    ...(Array.isArray(stack) && { stack: stack.map(String) }),
  }
}

function writeResult(sql: Statements, { name, profile, receipt }: ResultIndex): void {
  sql.putResult.run(name.bytes, profile, receipt.bytes)
}

function nameIndex(row: Row): NameIndex {
  return { seq: Number(row.seq), record: cidIn(row, 'record') }
}

function runRecord(sql: Statements, row: Row): RunRecord {
  const state = runState(row)
  const settled = sql.runTasks.all(state.run.bytes).map(task => ({
    label: String(task.label),
    task: cidIn(task, 'task'),
    how: task.how as Settlement,
    receipt: cidIn(task, 'receipt'),
    milliseconds: Number(task.milliseconds),
  }))
  return { ...state, settled }
}

function runSummary(sql: Statements, row: Row): RunSummary {
  const state = runState(row)
  const counts: Record<Settlement, number> = { ran: 0, reused: 0, failed: 0, skipped: 0 }
  let milliseconds = 0
  for (const { how, n, ms } of sql.runCounts.all(state.run.bytes)) {
    counts[how as Settlement] = Number(n)
    if (how === 'ran' || how === 'failed') milliseconds += Number(ms)
  }
  return { ...state, counts, milliseconds }
}

function runState(row: Row): RunState {
  return {
    run: cidIn(row, 'run'),
    workflow: cidIn(row, 'workflow'),
    ...(typeof row.name === 'string' && { name: row.name }),
    tasks: Number(row.tasks),
    at: Number(row.at),
    owner: String(row.owner),
    ...(row.ended !== null && { end: row.ended as RunEnd, endedAt: Number(row.ended_at) }),
  }
}

function optional<T>(row: Row | undefined, map: (row: Row) => T): T | undefined {
  return row && map(row)
}

function blob(row: Row | undefined, column: string): Uint8Array | undefined {
  const value = row?.[column]
  return value instanceof Uint8Array ? value : undefined
}

function cidIn(row: Row, column: string): CID {
  const bytes = blob(row, column)
  if (!bytes) throw new TypeError(`the column ${column} holds no bytes`)
  return CID.decode(bytes)
}
