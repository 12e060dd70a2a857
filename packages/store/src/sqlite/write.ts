import { encode, type Block } from '@ipvm/ipld'
import { resolvedName, type Receipt, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment } from '@ipvm/varsig'
import { eventValue } from '../event.ts'
import type { Removal } from '../housekeeping.ts'
import type { JournalEntry } from '../journal.ts'
import type { Change, ReportRecord, ResultIndex } from '../store.ts'
import type { Statements } from './statements.ts'

const utf8 = new TextEncoder()

/** Writes changes at the time `now`, inside of the caller's transaction. */
export function writeChanges(sql: Statements, changes: readonly Change[], now: UnixSeconds): void {
  for (const change of changes) writeChange(sql, change, now)
}

function writeChange(sql: Statements, change: Change, now: UnixSeconds): void {
  for (const block of change.blocks ?? []) writeBlock(sql, block, now)
  for (const receipt of change.receipts ?? []) writeReceipt(sql, receipt, now)
  for (const report of change.reports ?? []) writeReport(sql, report)
  for (const result of change.results ?? []) writeResult(sql, result)
  for (const revocation of change.revocations ?? []) {
    writeBlock(sql, revocation, now)
    sql.putRevocation.run(revocation.revoke.bytes, withoutFragment(revocation.iss), revocation.cid.bytes)
  }
  for (const record of change.names ?? []) {
    writeBlock(sql, record, now)
    sql.putName.run(withoutFragment(record.iss), record.name, record.seq, record.cid.bytes)
  }
  for (const { mod, map } of change.sourceMaps ?? []) sql.putSourceMap.run(mod.bytes, map.bytes)
  for (const { local, record } of change.localNames ?? []) sql.putLocalName.run(local, record.bytes)
  for (const [alias, name] of change.aliases ?? []) sql.putAlias.run(alias.bytes, name.bytes)
  for (const pin of change.pinned ?? []) sql.pin.run(pin.bytes)
  for (const pin of change.unpinned ?? []) sql.unpin.run(pin.bytes)
  for (const executor of change.trusted ?? []) sql.trust.run(withoutFragment(executor))
  journal(sql, change)
}

function journal(sql: Statements, change: Change): void {
  if (change.runStarted) {
    const { run, invocation, delegations, workflow, name = null, tasks, at, owner } = change.runStarted
    const listed = JSON.stringify(delegations.map(String))
    sql.startRun.run(run.bytes, invocation.bytes, listed, workflow.bytes, name, tasks, at, owner)
  }
  for (const entry of change.journal ?? []) writeEntry(sql, entry)
  for (const { task, run, label, attempt, at } of change.intents ?? []) {
    sql.putIntent.run(task.bytes, run.bytes, label, attempt, at)
  }
  for (const task of change.concluded ?? []) sql.conclude.run(task.bytes)
  for (const { run, request } of change.requests ?? []) sql.request.run(run.bytes, encode({ ...request }))
  for (const number of change.taken ?? []) sql.takeRequest.run(number)
  for (const { schedule, workflow, due = null, last = null, missed } of change.schedules ?? []) {
    sql.putSchedule.run(schedule.bytes, workflow.bytes, due, last, missed)
  }
  for (const schedule of change.unscheduled ?? []) sql.unschedule.run(schedule.bytes)
  for (const entry of change.kv ?? []) writeKv(sql, entry)
  for (const cid of change.secrets ?? []) sql.putSecret.run(cid.bytes)
}

function writeKv(sql: Statements, { key, value, version }: NonNullable<Change['kv']>[number]): void {
  const bytes = utf8.encode(key)
  const [put, remove] = value ? [sql.putKv, sql.removeKvGone] : [sql.putKvGone, sql.removeKv]
  put.run(bytes, ...(value ? [value] : []), version)
  remove.run(bytes)
}

function writeEntry(sql: Statements, { run, seq, at, event }: JournalEntry): void {
  const { bytes } = run
  if (event.type === 'settled') {
    const { label, task, how, receipt, milliseconds } = event
    sql.noteSettled.run(bytes, seq, at, label, task.bytes, how, receipt.bytes, milliseconds)
    return
  }
  if (event.type === 'reopened') sql.noteReopened.run(bytes, seq, at, JSON.stringify(event.labels))
  else sql.noteEvent.run(bytes, seq, at, encode(eventValue(event)))
  if (event.type === 'suspended') sql.suspendRun.run(bytes)
  if (event.type === 'resumed') sql.resumeRun.run(event.owner, bytes)
  if (event.type === 'cancelling') sql.cancelRun.run(bytes)
  if (event.type === 'reopened') sql.reopenRun.run(bytes)
  if (event.type === 'ended') {
    const { counts = null, milliseconds = null } = sql.counts.get(sql.runNumber.get(bytes)?.number ?? null) ?? {}
    sql.endRun.run(event.end, Math.floor(at / 1000), counts, milliseconds, bytes)
  }
}

function writeBlock(sql: Statements, { cid, bytes }: Block, now: UnixSeconds): void {
  sql.putBlock.run(cid.bytes, now, bytes)
}

function writeReceipt(sql: Statements, receipt: Receipt, now: UnixSeconds): void {
  writeBlock(sql, receipt, now)
  sql.putReceipt.run(receipt.cid.bytes, receipt.ran.bytes, resolvedName(receipt).bytes)
}

function writeReport(sql: Statements, { receipt, used, limits, log, stack }: ReportRecord): void {
  const amounts = [used, limits].flatMap(({ gas, memory, output, disk, time }) => [gas, memory, output, disk, time])
  sql.putReport.run(receipt.bytes, ...amounts, log, stack ? JSON.stringify(stack) : null)
}

function writeResult(sql: Statements, { name, profile, receipt }: ResultIndex): void {
  sql.putResult.run(name.bytes, profile, receipt.bytes)
}

/** Lets go of things, inside of the caller's transaction; false where a run was started since that was decided. */
export function writeRemoval(sql: Statements, removal: Removal): boolean {
  const { newestRun, usedBefore, runs = [], receipts = [], blocks = [] } = removal
  const newest = sql.newestRun.get()?.run
  const expected = newestRun?.bytes
  if (newest instanceof Uint8Array ? !isSame(newest, expected) : expected !== undefined) return false
  for (const { bytes } of runs) {
    sql.removeJournal.run(bytes)
    sql.removeRun.run(bytes)
  }
  for (const { bytes } of receipts) {
    for (const statement of [sql.removeResults, sql.removeReport, sql.removeReceipt, sql.removeSecret])
      statement.run(bytes)
    sql.removeBlock.run(bytes, Number.MAX_SAFE_INTEGER)
  }
  for (const { bytes } of blocks) {
    if (sql.removeBlock.run(bytes, usedBefore).changes === 0) continue
    for (const statement of [sql.removeSourceMap, sql.removeSecret]) statement.run(bytes)
  }
  return true
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i])
}
