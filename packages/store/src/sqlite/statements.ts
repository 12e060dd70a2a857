import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { usedStepSeconds } from '../limits.ts'

/** The statements of a store, by what they do. */
export type Statements = ReturnType<typeof prepare>

/** Prepares every statement; the tables are there. */
export function prepare(db: DatabaseSync) {
  const runColumns = 'SELECT run, workflow, name, tasks, at, owner, ended, ended_at FROM runs'
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
    runTasks: db.prepare('SELECT label, task, how, receipt, milliseconds FROM run_tasks WHERE run = ? ORDER BY rowid'),
    runCounts: db.prepare(
      'SELECT how, count(*) AS n, sum(milliseconds) AS ms FROM run_tasks WHERE run = ? GROUP BY how',
    ),
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
      'INSERT INTO runs (run, workflow, name, tasks, at, owner) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    settleTask: db.prepare('INSERT OR REPLACE INTO run_tasks VALUES (?, ?, ?, ?, ?, ?)'),
    listBlocks: db.prepare(
      'SELECT rowid AS number, cid, length(bytes) AS size, used FROM blocks WHERE rowid > ? ORDER BY rowid LIMIT ?',
    ),
    listReceipts: db.prepare('SELECT rowid AS number, cid FROM receipts WHERE rowid > ? ORDER BY rowid LIMIT ?'),
    listRevocations: db.prepare('SELECT token FROM revocations WHERE token IS NOT NULL ORDER BY rowid'),
    listNames: db.prepare('SELECT record FROM names ORDER BY rowid'),
    listSourceMaps: db.prepare('SELECT mod, map FROM source_maps'),
    pins: db.prepare('SELECT cid FROM pins ORDER BY rowid'),
    pin: db.prepare('INSERT INTO pins VALUES (?) ON CONFLICT DO NOTHING'),
    unpin: db.prepare('DELETE FROM pins WHERE cid = ?'),
    trusts: db.prepare('SELECT 1 FROM trusted WHERE executor = ?'),
    trust: db.prepare('INSERT INTO trusted VALUES (?) ON CONFLICT DO NOTHING'),
    newestRun: db.prepare('SELECT run FROM runs ORDER BY number DESC LIMIT 1'),
    removeRun: db.prepare('DELETE FROM runs WHERE run = ?'),
    removeRunTasks: db.prepare('DELETE FROM run_tasks WHERE run = ?'),
    removeReceipt: db.prepare('DELETE FROM receipts WHERE cid = ?'),
    removeResults: db.prepare('DELETE FROM results WHERE receipt = ?'),
    removeReport: db.prepare('DELETE FROM reports WHERE receipt = ?'),
    removeSourceMap: db.prepare('DELETE FROM source_maps WHERE mod = ?'),
    removeBlock: db.prepare('DELETE FROM blocks WHERE cid = ? AND used < ?'),
    endRun: db.prepare('UPDATE runs SET ended = ?, ended_at = ? WHERE run = ?'),
  } satisfies Record<string, StatementSync>
}
