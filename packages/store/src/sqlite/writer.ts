import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { usedStepSeconds } from '../limits.ts'
import { transaction } from './database.ts'
import { disorderCode, type Cell, type PlainKind, type Row } from './row.ts'
import { countsOfRun } from './settled.ts'

/** Changes of a group that could not be written while the others were: their places, and why. */
export type Failures = ReadonlyMap<number, unknown>

type HappenedRow = Extract<
  Row,
  readonly ['cancelling' | 'ended' | 'event' | 'reopened' | 'resumed' | 'suspended', ...unknown[]]
>

/** Writes groups of changes. It knows rows alone, so that a thread needs nothing else of this package. */
export class Writer {
  readonly #db: DatabaseSync
  readonly #sql: ReturnType<typeof prepare>
  /** The numbers of names and of runs, within one transaction. */
  readonly #numbers = new Map<string, number>()
  /** The blocks that were written in one transaction: runs that come together bring the same proofs. */
  readonly #blocks = new Set<string>()
  readonly #runs = new Map<string, number>()
  /** The last entry of a run's journal, by the run's number. */
  readonly #lasts = new Map<number, number>()
  /** Whether the last event was not there before. */
  #isNew = false

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#sql = prepare(db)
  }

  /**
   * Writes a group in one transaction. A change that SQLite takes for wrong fails alone, and the others are written one by one.
   *
   * @throws what SQLite throws where that is about the file; nothing of the group is written then
   */
  write(changes: readonly (readonly Row[])[]): Failures {
    const failures = new Map<number, unknown>()
    try {
      this.#transact(changes)
    } catch (thrown) {
      if (!isAboutTheChange(thrown)) throw thrown
      for (const [i, rows] of changes.entries()) {
        try {
          this.#transact([rows])
        } catch (fault) {
          if (!isAboutTheChange(fault)) throw fault
          failures.set(i, fault)
        }
      }
    }
    return failures
  }

  #transact(changes: readonly (readonly Row[])[]): void {
    this.#numbers.clear()
    this.#blocks.clear()
    this.#runs.clear()
    this.#lasts.clear()
    transaction(this.#db, () => {
      for (const rows of changes) for (const row of rows) this.#row(row)
    })
  }

  #row(row: Row): void {
    const sql = this.#sql
    switch (row[0]) {
      case 'block':
        this.#block(row[1], row[2], row[3])
        return
      case 'receipt':
        sql.receipt.run(this.#number(row[1]), this.#number(row[2]), row[3] && this.#number(row[3]), row[4])
        return
      case 'result':
        sql.result.run(this.#number(row[1]), row[2], this.#number(row[3]))
        return
      case 'equivocation':
        sql.equivocation.run(this.#number(row[1]), row[2], this.#number(row[3]))
        return
      case 'report': {
        const [, receipt, ...cells] = row
        sql.report.run(this.#number(receipt), ...cells)
        return
      }
      case 'settled': {
        const [, run, ...cells] = row
        sql.settled.run(this.#follow(run, row[2]), ...cells)
        return
      }
      case 'reopened':
      case 'event':
      case 'suspended':
      case 'resumed':
      case 'cancelling':
      case 'ended':
        this.#happened(row)
        return
      default: {
        const [kind, ...cells] = row
        this.#plain(kind, cells)
      }
    }
  }

  /** An event, or what it makes of its run: the latter only where the event, which comes before, was not there already. */
  #happened(row: HappenedRow): void {
    const sql = this.#sql
    if (row[0] === 'event' || row[0] === 'reopened') {
      const [kind, run, seq, at, cell] = row
      this.#isNew = sql[kind].run(this.#follow(run, seq), seq, at, cell).changes > 0
      if (kind === 'reopened' && this.#isNew) sql.reopenRun.run(run)
    }
    if (!this.#isNew) return
    if (row[0] === 'suspended') sql.suspendRun.run(row[1])
    if (row[0] === 'resumed') sql.resumeRun.run(row[2], row[1])
    if (row[0] === 'cancelling') sql.cancelRun.run(row[1])
    if (row[0] === 'ended') this.#end(row[1], row[2], row[3])
  }

  #plain(kind: PlainKind, cells: readonly Cell[]): void {
    this.#sql[kind].run(...cells)
  }

  /**
   * What is stored may have been damaged since: the same block, brought again, mends it. When it was used is noted anew
   * only where that note is old, so that using again what is there costs no write.
   */
  #block(cid: Uint8Array, used: number, bytes: Uint8Array): void {
    const key = keyOf(cid)
    if (this.#blocks.has(key)) return
    const { changes, lastInsertRowid } = this.#sql.block.run(cid, used, bytes)
    this.#blocks.add(key)
    if (changes > 0) this.#numbers.set(key, Number(lastInsertRowid))
    else this.#sql.renewBlock.run(bytes, used, cid)
  }

  /** The number that stands for a name in the other tables. */
  #number(cid: Uint8Array): number {
    const key = keyOf(cid)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const row = this.#sql.number.get(cid)
    const number = Number(row ? row.number : this.#sql.named.run(cid).lastInsertRowid)
    this.#numbers.set(key, number)
    return number
  }

  /** The number of a run whose last entry is the one before `seq`, or a later one: that is left as it is. */
  #follow(run: Uint8Array, seq: number): number {
    const number = this.#run(run)
    if (number === null) throw disorder(seq, 'its run is not there')
    const last = this.#lasts.get(number) ?? Number(this.#sql.lastEntry.get(number)?.seq)
    if (seq > last + 1) throw disorder(seq, `the last one there is ${last}`)
    this.#lasts.set(number, Math.max(last, seq))
    return number
  }

  #run(run: Uint8Array): number | null {
    const key = keyOf(run)
    const known = this.#runs.get(key)
    if (known !== undefined) return known
    const row = this.#sql.runNumber.get(run)
    if (!row) return null
    this.#runs.set(key, Number(row.number))
    return Number(row.number)
  }

  /** With its end a run gets its counts: they are asked for oftener than they change. */
  #end(run: Uint8Array, end: string, at: number): void {
    const row = this.#sql.counts.get(this.#run(run))
    this.#sql.endRun.run(end, at, String(row?.counts), Number(row?.milliseconds), run)
  }
}

const constraint = 19
const mismatch = 20
const tooLarge = 18

/** Whether it is a change that is wrong, and not the file or the disk below: then others are no worse for it. */
function isAboutTheChange(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if (!('errcode' in thrown) || typeof thrown.errcode !== 'number') return true
  return [constraint, mismatch, tooLarge, disorderCode].includes(thrown.errcode & 0xff)
}

/** An entry that does not follow: what is between was rejected, and has to be written first. */
function disorder(seq: number, problem: string): Error {
  const message = `the entry ${seq} of a journal was not written, since ${problem}; write what comes before it first`
  return Object.assign(new Error(message), { errcode: disorderCode })
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function prepare(db: DatabaseSync) {
  const note = (columns: string, places: string) =>
    db.prepare(`INSERT INTO journal (run, seq, at, ${columns}) VALUES (?, ?, ?, ${places}) ON CONFLICT DO NOTHING`)
  return {
    block: db.prepare('INSERT INTO blocks (cid, used, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    renewBlock: db.prepare(`UPDATE blocks SET bytes = ?1, used = ?2
      WHERE cid = ?3 AND (bytes IS NOT ?1 OR used < ?2 - ${usedStepSeconds})`),
    named: db.prepare('INSERT INTO blocks (cid) VALUES (?)'),
    number: db.prepare('SELECT number FROM blocks WHERE cid = ?'),
    receipt: db.prepare('INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    result: db.prepare(`INSERT INTO results (name, profile, receipt) SELECT ?1, ?2, ?3
      WHERE NOT EXISTS (SELECT 1 FROM equivocations WHERE receipt = ?3 AND refuted = 1) ON CONFLICT DO NOTHING`),
    equivocation: db.prepare(
      'INSERT INTO equivocations (task, profile, receipt) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    report: db.prepare('INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    settled: note('label, task, how, receipt, milliseconds', '?, ?, ?, ?, ?'),
    reopened: note('reopened', '?'),
    event: note('event', '?'),
    lastEntry: db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM journal WHERE run = ?'),
    runNumber: db.prepare('SELECT number FROM runs WHERE run = ?'),
    suspendRun: db.prepare('UPDATE runs SET suspended = 1 WHERE run = ?'),
    resumeRun: db.prepare('UPDATE runs SET suspended = 0, owner = ? WHERE run = ?'),
    cancelRun: db.prepare('UPDATE runs SET cancelling = 1 WHERE run = ?'),
    reopenRun: db.prepare(
      'UPDATE runs SET ended = NULL, ended_at = NULL, counts = NULL, milliseconds = NULL WHERE run = ?',
    ),
    counts: db.prepare(countsOfRun),
    endRun: db.prepare(
      `UPDATE runs SET ended = ?, ended_at = ?, suspended = 0, cancelling = 0, counts = ?, milliseconds = ? WHERE run = ?`,
    ),
    ...preparePlain(db),
  }
}

/** The rows that are written by one statement. */
function preparePlain(db: DatabaseSync): Record<PlainKind, StatementSync> {
  return {
    alias: db.prepare('INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING'),
    revocation: db.prepare('INSERT INTO revocations VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    name: db.prepare('INSERT INTO names VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    sourceMap: db.prepare('INSERT OR REPLACE INTO source_maps VALUES (?, ?)'),
    localName: db.prepare('INSERT OR REPLACE INTO local_names VALUES (?, ?)'),
    pin: db.prepare('INSERT INTO pins VALUES (?) ON CONFLICT DO NOTHING'),
    unpin: db.prepare('DELETE FROM pins WHERE cid = ?'),
    trusted: db.prepare('INSERT INTO trusted VALUES (?) ON CONFLICT DO NOTHING'),
    untrusted: db.prepare('DELETE FROM trusted WHERE executor = ?'),
    run: db.prepare(
      `INSERT INTO runs (run, invocation, delegations, workflow, name, tasks, at, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    intent: db.prepare(`INSERT INTO intents VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET run = excluded.run, label = excluded.label, attempt = excluded.attempt, at = excluded.at`),
    concluded: db.prepare('DELETE FROM intents WHERE task = ?'),
    request: db.prepare('INSERT INTO requests (run, request) VALUES (?, ?)'),
    taken: db.prepare('DELETE FROM requests WHERE number = ?'),
    schedule: db.prepare(`INSERT INTO schedules VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET workflow = excluded.workflow, due = excluded.due, last = excluded.last,
        missed = excluded.missed`),
    unschedule: db.prepare('DELETE FROM schedules WHERE schedule = ?'),
    kv: db.prepare(`INSERT OR REPLACE INTO kv SELECT ?1, ?2, ?3, ${nextChange}, ?4`),
    noKv: db.prepare('DELETE FROM kv WHERE key = ?'),
    kvGone: db.prepare(`INSERT OR REPLACE INTO kv_gone SELECT ?1, ?2, ${nextChange}, ?3`),
    noKvGone: db.prepare('DELETE FROM kv_gone WHERE key = ?'),
    refuted: db.prepare(`UPDATE equivocations SET refuted = 1 WHERE receipt = ${numberOf}`),
    noResults: db.prepare(`DELETE FROM results WHERE receipt = ${numberOf}`),
    removal: db.prepare('UPDATE removals SET number = number + 1'),
    secret: db.prepare('INSERT INTO secrets VALUES (?) ON CONFLICT DO NOTHING'),
    ...prepareEvents(db),
  }
}

/** What starts workflows. */
function prepareEvents(db: DatabaseSync) {
  return {
    trigger: db.prepare('INSERT OR REPLACE INTO triggers VALUES (?, ?, ?)'),
    untrigger: db.prepare('DELETE FROM triggers WHERE cid = ?'),
    noInbox: db.prepare('DELETE FROM inbox WHERE cid = ?'),
    noCursors: db.prepare('DELETE FROM cursors WHERE cid = ?'),
    eventCame: db.prepare(`INSERT INTO inbox (cid, id, event, at, state, attempts, due, run, cause)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    handled: db.prepare(`UPDATE inbox SET state = ?3, attempts = ?4, due = ?5, run = ?6, cause = ?7
      WHERE cid = ?1 AND id = ?2`),
    forgotten: db.prepare('DELETE FROM inbox WHERE cid = ? AND id = ?'),
    cursor: db.prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)'),
    noCursor: db.prepare('DELETE FROM cursors WHERE cid = ? AND key = ?'),
  } as const
}

const numberOf = '(SELECT number FROM blocks WHERE cid = ?1)'

/** The number of the next change of a value. */
const nextChange = `1 + max(
  coalesce((SELECT max(number) FROM kv), 0), coalesce((SELECT max(number) FROM kv_gone), 0))`
