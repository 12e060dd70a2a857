import type { Block } from '@ipvm/ipld'
import { resolvedName, type Receipt, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment } from '@ipvm/varsig'
import type { Removal } from '../housekeeping.ts'
import type { Change, ReportRecord, ResultIndex } from '../store.ts'
import type { Statements } from './statements.ts'

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

function journal(sql: Statements, { runStarted, taskSettled, runEnded }: Change): void {
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
    sql.removeRunTasks.run(bytes)
    sql.removeRun.run(bytes)
  }
  for (const { bytes } of receipts) {
    for (const statement of [sql.removeResults, sql.removeReport, sql.removeReceipt]) statement.run(bytes)
    sql.removeBlock.run(bytes, Number.MAX_SAFE_INTEGER)
  }
  for (const { bytes } of blocks) {
    if (sql.removeBlock.run(bytes, usedBefore).changes > 0) sql.removeSourceMap.run(bytes)
  }
  return true
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i])
}
