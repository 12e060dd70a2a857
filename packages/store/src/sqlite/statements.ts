import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { usedStepSeconds } from '../limits.ts'

const runColumns = `SELECT *, (SELECT max(seq) FROM journal WHERE journal.run = runs.number) AS seq FROM runs`

/** The tasks of the run of number ?1 as they were settled last, but those that were reopened since. */
const settled = `
  WITH reopened AS MATERIALIZED (
    SELECT value AS label, max(seq) AS seq FROM journal, json_each(journal.reopened)
    WHERE run = ?1 AND journal.reopened IS NOT NULL GROUP BY value
  ), latest AS (
    SELECT label, max(seq) AS seq, task, how, receipt, milliseconds FROM journal
    WHERE run = ?1 AND how IS NOT NULL GROUP BY label
  ), settled AS (
    SELECT latest.* FROM latest LEFT JOIN reopened USING (label) WHERE reopened.seq IS NULL OR latest.seq > reopened.seq
  )`

/** How many of these were settled in which way, as JSON, and how long those took that ran. */
const counts = `
  SELECT json_group_object(how, tasks) AS counts,
    coalesce(sum(spent) FILTER (WHERE how IN ('ran', 'failed', 'caught')), 0.0) AS milliseconds
  FROM (SELECT how, count(*) AS tasks, sum(milliseconds) AS spent FROM settled GROUP BY how)`

const note = 'INSERT INTO journal'

const runNumber = '(SELECT number FROM runs WHERE run = ?)'

/** The statements of a store, by what they do. */
export type Statements = ReturnType<typeof prepare>

/** Prepares every statement; the tables are there. */
export function prepare(db: DatabaseSync) {
  return {
    block: db.prepare('SELECT bytes FROM blocks WHERE cid = ?'),
    hasBlock: db.prepare('SELECT 1 FROM blocks WHERE cid = ?'),
    results: db.prepare('SELECT receipt FROM results WHERE name = ? AND profile = ? ORDER BY rowid'),
    receiptsOf: db.prepare('SELECT cid FROM receipts WHERE ran = ? OR resolved = ? ORDER BY rowid'),
    runs: db.prepare(`${runColumns} ORDER BY number DESC LIMIT ?`),
    runsBefore: db.prepare(
      `${runColumns} WHERE number < (SELECT number FROM runs WHERE run = ?) ORDER BY number DESC LIMIT ?`,
    ),
    run: db.prepare(`${runColumns} WHERE run = ?`),
    runOf: db.prepare(`${runColumns} WHERE workflow = ? ORDER BY number DESC LIMIT 1`),
    openRuns: db.prepare(`${runColumns} WHERE ended IS NULL ORDER BY number`),
    settled: db.prepare(`${settled} SELECT label, task, how, receipt, milliseconds FROM settled ORDER BY seq`),
    counts: db.prepare(`${settled} ${counts}`),
    journal: db.prepare(
      `SELECT seq, at, label, task, how, receipt, milliseconds, reopened, event FROM journal
       WHERE run = (SELECT number FROM runs WHERE run = ?) AND seq > ? ORDER BY seq`,
    ),
    intent: db.prepare('SELECT * FROM intents WHERE task = ?'),
    intents: db.prepare('SELECT * FROM intents ORDER BY rowid'),
    requests: db.prepare('SELECT * FROM requests ORDER BY number'),
    schedules: db.prepare('SELECT * FROM schedules ORDER BY rowid'),
    kv: db.prepare('SELECT key, value, version FROM kv WHERE key = ?'),
    kvVersion: db.prepare('SELECT version FROM kv WHERE key = ?1 UNION ALL SELECT version FROM kv_gone WHERE key = ?1'),
    kvFrom: db.prepare('SELECT key, value, version FROM kv WHERE key >= ? AND key < ? ORDER BY key LIMIT ?'),
    kvAfter: db.prepare('SELECT key, value, version FROM kv WHERE key > ? AND key < ? ORDER BY key LIMIT ?'),
    isSecret: db.prepare('SELECT 1 FROM secrets WHERE cid = ?'),
    claimed: db.prepare('SELECT owner FROM claimed'),
    putClaimed: db.prepare('INSERT OR REPLACE INTO claimed VALUES (1, ?)'),
    dataVersion: db.prepare('PRAGMA data_version'),
    report: db.prepare('SELECT * FROM reports WHERE receipt = ?'),
    putReport: db.prepare('INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    aliased: db.prepare('SELECT name FROM aliases WHERE alias = ?'),
    putAlias: db.prepare('INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING'),
    revokers: db.prepare('SELECT revoker FROM revocations WHERE revoked = ?'),
    putRevocation: db.prepare('INSERT INTO revocations VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    names: db.prepare('SELECT seq, record FROM names WHERE iss = ? AND name = ?'),
    putName: db.prepare('INSERT INTO names VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    sourceMap: db.prepare('SELECT map FROM source_maps WHERE mod = ?'),
    putSourceMap: db.prepare('INSERT OR REPLACE INTO source_maps VALUES (?, ?)'),
    localName: db.prepare('SELECT record FROM local_names WHERE local = ?'),
    localNames: db.prepare('SELECT local, record FROM local_names'),
    putLocalName: db.prepare('INSERT OR REPLACE INTO local_names VALUES (?, ?)'),
    // What is stored may have been damaged since: the same block, brought again, mends it.
    // When it was used is noted anew only where that note is old, so that using again what is there costs no write.
    putBlock: db.prepare(`INSERT INTO blocks (cid, used, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes, used = excluded.used
       WHERE bytes IS NOT excluded.bytes OR used < excluded.used - ${usedStepSeconds}`),
    putReceipt: db.prepare('INSERT INTO receipts VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    putResult: db.prepare('INSERT INTO results VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    startRun: db.prepare(
      `INSERT INTO runs (run, invocation, delegations, workflow, name, tasks, at, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    noteSettled: db.prepare(`${note} (run, seq, at, label, task, how, receipt, milliseconds)
       VALUES (${runNumber}, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    noteReopened: db.prepare(`${note} (run, seq, at, reopened) VALUES (${runNumber}, ?, ?, ?) ON CONFLICT DO NOTHING`),
    noteEvent: db.prepare(`${note} (run, seq, at, event) VALUES (${runNumber}, ?, ?, ?) ON CONFLICT DO NOTHING`),
    suspendRun: db.prepare('UPDATE runs SET suspended = 1 WHERE run = ?'),
    resumeRun: db.prepare('UPDATE runs SET suspended = 0, owner = ? WHERE run = ?'),
    cancelRun: db.prepare('UPDATE runs SET cancelling = 1 WHERE run = ?'),
    reopenRun: db.prepare(
      'UPDATE runs SET ended = NULL, ended_at = NULL, counts = NULL, milliseconds = NULL WHERE run = ?',
    ),
    endRun: db.prepare(
      `UPDATE runs SET ended = ?, ended_at = ?, suspended = 0, cancelling = 0, counts = ?, milliseconds = ? WHERE run = ?`,
    ),
    runNumber: db.prepare('SELECT number FROM runs WHERE run = ?'),
    putIntent: db.prepare(`INSERT INTO intents VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET run = excluded.run, label = excluded.label, attempt = excluded.attempt, at = excluded.at`),
    conclude: db.prepare('DELETE FROM intents WHERE task = ?'),
    request: db.prepare('INSERT INTO requests (run, request) VALUES (?, ?)'),
    takeRequest: db.prepare('DELETE FROM requests WHERE number = ?'),
    putSchedule: db.prepare(`INSERT INTO schedules VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET workflow = excluded.workflow, due = excluded.due, last = excluded.last,
         missed = excluded.missed`),
    unschedule: db.prepare('DELETE FROM schedules WHERE schedule = ?'),
    putKv: db.prepare('INSERT OR REPLACE INTO kv VALUES (?, ?, ?)'),
    removeKv: db.prepare('DELETE FROM kv WHERE key = ?'),
    putKvGone: db.prepare('INSERT OR REPLACE INTO kv_gone VALUES (?, ?)'),
    removeKvGone: db.prepare('DELETE FROM kv_gone WHERE key = ?'),
    putSecret: db.prepare('INSERT INTO secrets VALUES (?) ON CONFLICT DO NOTHING'),
    removeSecret: db.prepare('DELETE FROM secrets WHERE cid = ?'),
    listBlocks: db.prepare(
      'SELECT rowid AS number, cid, length(bytes) AS size, used FROM blocks WHERE rowid > ? ORDER BY rowid LIMIT ?',
    ),
    listReceipts: db.prepare('SELECT rowid AS number, cid FROM receipts WHERE rowid > ? ORDER BY rowid LIMIT ?'),
    listRevocations: db.prepare('SELECT token FROM revocations WHERE token IS NOT NULL ORDER BY rowid'),
    listNames: db.prepare('SELECT record FROM names ORDER BY rowid'),
    listSourceMaps: db.prepare('SELECT mod, map FROM source_maps'),
    listSecrets: db.prepare('SELECT cid FROM secrets'),
    pins: db.prepare('SELECT cid FROM pins ORDER BY rowid'),
    pin: db.prepare('INSERT INTO pins VALUES (?) ON CONFLICT DO NOTHING'),
    unpin: db.prepare('DELETE FROM pins WHERE cid = ?'),
    trusts: db.prepare('SELECT 1 FROM trusted WHERE executor = ?'),
    trust: db.prepare('INSERT INTO trusted VALUES (?) ON CONFLICT DO NOTHING'),
    newestRun: db.prepare('SELECT run FROM runs ORDER BY number DESC LIMIT 1'),
    removeRun: db.prepare('DELETE FROM runs WHERE run = ?'),
    removeJournal: db.prepare(`DELETE FROM journal WHERE run = ${runNumber}`),
    removeReceipt: db.prepare('DELETE FROM receipts WHERE cid = ?'),
    removeResults: db.prepare('DELETE FROM results WHERE receipt = ?'),
    removeReport: db.prepare('DELETE FROM reports WHERE receipt = ?'),
    removeSourceMap: db.prepare('DELETE FROM source_maps WHERE mod = ?'),
    removeBlock: db.prepare('DELETE FROM blocks WHERE cid = ? AND used < ?'),
  } satisfies Record<string, StatementSync>
}
