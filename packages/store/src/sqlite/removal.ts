import type { DatabaseSync } from 'node:sqlite'
import type { Removal } from '../housekeeping.ts'

/** Lets go of things, inside of the caller's transaction; false where a run was started since that was decided. */
export function writeRemoval(db: DatabaseSync, removal: Removal): boolean {
  const { newestRun, usedBefore, runs = [], receipts = [], blocks = [] } = removal
  const newest = db.prepare('SELECT run FROM runs ORDER BY number DESC LIMIT 1').get()?.run
  const expected = newestRun?.bytes
  if (newest instanceof Uint8Array ? !isSame(newest, expected) : expected !== undefined) return false
  db.exec('UPDATE removals SET number = number + 1')
  const removeJournal = db.prepare('DELETE FROM journal WHERE run = (SELECT number FROM runs WHERE run = ?)')
  const removeRun = db.prepare('DELETE FROM runs WHERE run = ?')
  for (const { bytes } of runs) {
    removeJournal.run(bytes)
    removeRun.run(bytes)
  }
  // What has lost its bytes, or what spoke of it: where nothing does any more, its number goes, too.
  db.exec('CREATE TEMP TABLE loose (number INTEGER PRIMARY KEY) STRICT')
  const lastReceipt = Number(db.prepare('SELECT max(rowid) AS number FROM receipts').get()?.number ?? 0)
  try {
    const numbered = db.prepare('SELECT number FROM blocks WHERE cid = ?')
    const numberOf = (bytes: Uint8Array) => Number(numbered.get(bytes)?.number ?? 0)
    const removeReceipt = receiptRemoval(db)
    for (const { bytes } of receipts) removeReceipt(numberOf(bytes), bytes)
    const removeBlock = blockRemoval(db)
    for (const { bytes } of blocks) removeBlock(numberOf(bytes), bytes, usedBefore)
    db.exec(removeLoose)
    // What comes next gets a higher number than all that were: up to where receipts were looked at is known by these.
    db.prepare(
      `INSERT OR REPLACE INTO receipts (rowid, receipt, ran) SELECT ?1, 0, 0
        WHERE ?1 > (SELECT coalesce(max(rowid), 0) FROM receipts)`,
    ).run(lastReceipt)
  } finally {
    db.exec('DROP TABLE IF EXISTS temp.loose')
  }
  return true
}

/** Names that only what is gone spoke of. */
const removeLoose = `
  DELETE FROM blocks WHERE number IN (SELECT number FROM temp.loose) AND bytes IS NULL
    AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipt = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM receipts WHERE ran = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM receipts WHERE resolved = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM results WHERE name = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM results WHERE receipt = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM equivocations WHERE task = blocks.number)
    AND NOT EXISTS (SELECT 1 FROM reports WHERE receipt = blocks.number)`

function receiptRemoval(db: DatabaseSync) {
  const note = db.prepare(`INSERT OR IGNORE INTO temp.loose
    SELECT ran FROM receipts WHERE receipt = ?1 UNION
    SELECT resolved FROM receipts WHERE receipt = ?1 AND resolved IS NOT NULL UNION
    SELECT name FROM results WHERE receipt = ?1 UNION
    SELECT task FROM equivocations WHERE receipt = ?1 UNION
    SELECT ?1`)
  const statements = ['receipts', 'results', 'equivocations', 'reports'].map(table =>
    db.prepare(`DELETE FROM ${table} WHERE receipt = ?`),
  )
  const empty = db.prepare('UPDATE blocks SET bytes = NULL, used = NULL WHERE number = ?')
  const removeSecret = db.prepare('DELETE FROM secrets WHERE cid = ?')
  return (number: number, bytes: Uint8Array) => {
    note.run(number)
    for (const statement of [...statements, empty]) statement.run(number)
    removeSecret.run(bytes)
  }
}

function blockRemoval(db: DatabaseSync) {
  const note = db.prepare('INSERT OR IGNORE INTO temp.loose VALUES (?)')
  const empty = db.prepare('UPDATE blocks SET bytes = NULL, used = NULL WHERE number = ? AND used < ?')
  const removeSourceMap = db.prepare('DELETE FROM source_maps WHERE mod = ?')
  const removeSecret = db.prepare('DELETE FROM secrets WHERE cid = ?')
  return (number: number, bytes: Uint8Array, usedBefore: number) => {
    if (empty.run(number, usedBefore).changes === 0) return
    note.run(number)
    for (const statement of [removeSourceMap, removeSecret]) statement.run(bytes)
  }
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i])
}
