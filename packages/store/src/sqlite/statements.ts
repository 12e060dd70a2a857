import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { countsOfRun, tasksOfRun } from './settled.ts'

/** The questions to a store, by what they ask. */
export type Statements = { readonly [Name in keyof typeof questions]: StatementSync }

const runs = `SELECT *, coalesce((SELECT max(seq) FROM journal WHERE journal.run = runs.number), 0) AS seq FROM runs`

const numberOf = (place: number) => `(SELECT number FROM blocks WHERE cid = ?${place})`

const questions = {
  block: 'SELECT bytes FROM blocks WHERE cid = ?',
  hasBlock: 'SELECT 1 FROM blocks WHERE cid = ? AND bytes IS NOT NULL',
  results: `SELECT cid AS receipt FROM results JOIN blocks ON number = receipt
    WHERE name = ${numberOf(1)} AND profile = ?2 ORDER BY results.receipt`,
  equivocation: `SELECT task, profile, cid AS receipt, refuted FROM equivocations JOIN blocks ON number = receipt
    WHERE task = ${numberOf(1)} AND profile = ?2 ORDER BY equivocations.receipt`,
  receiptsOf: `SELECT cid FROM receipts JOIN blocks ON number = receipt
    WHERE ran = ${numberOf(1)} OR resolved = ${numberOf(1)} ORDER BY receipts.rowid`,
  runs: `${runs} ORDER BY number DESC LIMIT ?`,
  runsBefore: `${runs} WHERE number < (SELECT number FROM runs WHERE run = ?) ORDER BY number DESC LIMIT ?`,
  run: `${runs} WHERE run = ?`,
  runOf: `${runs} WHERE workflow = ? ORDER BY number DESC LIMIT 1`,
  openRuns: `${runs} WHERE ended IS NULL ORDER BY number`,
  tasks: tasksOfRun,
  counts: countsOfRun,
  journal: `SELECT seq, at, label, task, how, receipt, milliseconds, reopened, event FROM journal
    WHERE run = (SELECT number FROM runs WHERE run = ?) AND seq > ? ORDER BY seq`,
  intent: 'SELECT * FROM intents WHERE task = ?',
  intents: 'SELECT * FROM intents ORDER BY rowid',
  requests: 'SELECT * FROM requests ORDER BY number',
  schedules: 'SELECT * FROM schedules ORDER BY rowid',
  schedule: 'SELECT * FROM schedules WHERE schedule = ?',
  dueSchedules: 'SELECT * FROM schedules WHERE due <= ? ORDER BY due, rowid',
  nextSchedule: 'SELECT min(due) AS due FROM schedules WHERE due > ?',
  triggers: 'SELECT * FROM triggers ORDER BY rowid',
  inbox: 'SELECT * FROM inbox WHERE cid = ? AND state = ? AND number > ? ORDER BY number LIMIT ?',
  inboxEvent: 'SELECT * FROM inbox WHERE cid = ? AND id = ?',
  inboxCounts: 'SELECT state, count(*) AS events FROM inbox WHERE cid = ? GROUP BY state',
  cursors: 'SELECT key, mark FROM cursors WHERE cid = ? AND key > ? ORDER BY key LIMIT ?',
  // Receipts of number 0 are none: they hold the place of the last one that is gone.
  receiptFeed: `SELECT receipts.rowid AS number, depth, cid FROM receipts JOIN blocks ON blocks.number = receipt
    WHERE receipts.rowid > ? ORDER BY receipts.rowid LIMIT ?`,
  lastReceipt: 'SELECT max(rowid) AS number FROM receipts',
  kvFeed: `SELECT key, value, version, number, depth FROM kv WHERE number > ?1 UNION ALL
    SELECT key, NULL AS value, version, number, depth FROM kv_gone WHERE number > ?1 ORDER BY number LIMIT ?2`,
  lastKv: `SELECT max(coalesce((SELECT max(number) FROM kv), 0), coalesce((SELECT max(number) FROM kv_gone), 0)) AS number`,
  kv: 'SELECT key, value, version FROM kv WHERE key = ?',
  kvVersion: 'SELECT version FROM kv WHERE key = ?1 UNION ALL SELECT version FROM kv_gone WHERE key = ?1',
  kvFrom: 'SELECT key, value, version FROM kv WHERE key >= ? AND key < ? ORDER BY key LIMIT ?',
  kvAfter: 'SELECT key, value, version FROM kv WHERE key > ? AND key < ? ORDER BY key LIMIT ?',
  isSecret: 'SELECT 1 FROM secrets WHERE cid = ?',
  claimed: 'SELECT owner FROM claimed',
  removals: 'SELECT number FROM removals',
  dataVersion: 'PRAGMA data_version',
  report: `SELECT * FROM reports WHERE receipt = ${numberOf(1)}`,
  aliased: 'SELECT name FROM aliases WHERE alias = ?',
  revokers: 'SELECT revoker FROM revocations WHERE revoked = ?',
  names: 'SELECT seq, record FROM names WHERE iss = ? AND name = ? ORDER BY seq DESC',
  sourceMap: 'SELECT map FROM source_maps WHERE mod = ?',
  localName: 'SELECT record FROM local_names WHERE local = ?',
  localNames: 'SELECT local, record FROM local_names',
  listBlocks: `SELECT number, cid, length(bytes) AS size, used FROM blocks
    WHERE number > ? AND bytes IS NOT NULL ORDER BY number LIMIT ?`,
  listReceipts: `SELECT receipts.rowid AS number, cid FROM receipts JOIN blocks ON number = receipt
    WHERE receipts.rowid > ? ORDER BY receipts.rowid LIMIT ?`,
  listRevocations: 'SELECT token FROM revocations WHERE token IS NOT NULL ORDER BY rowid',
  listNames: 'SELECT record FROM names ORDER BY rowid',
  listEquivocations: `SELECT named.cid AS task, profile, one.cid AS receipt, refuted FROM equivocations
      JOIN blocks AS named ON named.number = task JOIN blocks AS one ON one.number = equivocations.receipt
    ORDER BY equivocations.receipt`,
  listSourceMaps: 'SELECT mod, map FROM source_maps',
  listSecrets: 'SELECT cid FROM secrets',
  pins: 'SELECT cid FROM pins ORDER BY rowid',
  trusts: 'SELECT 1 FROM trusted WHERE executor = ?',
} as const

/** The questions to a store whose tables are there. Each is prepared when it is asked first: most programs ask few. */
export function prepare(db: DatabaseSync): Statements {
  const prepared = new Map<keyof typeof questions, StatementSync>()
  const statement = (name: keyof typeof questions): StatementSync => {
    const known = prepared.get(name) ?? db.prepare(questions[name])
    prepared.set(name, known)
    return known
  }
  const names = Object.keys(questions) as readonly (keyof typeof questions)[]
  const getters = names.map(name => [name, { get: () => statement(name) }] as const)
  return Object.defineProperties({}, Object.fromEntries(getters)) as Statements
}
