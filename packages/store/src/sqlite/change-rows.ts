import { encode } from '@ipvm/ipld'
import { resolvedName, type Receipt, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment } from '@ipvm/varsig'
import { eventValue } from '../event.ts'
import type { JournalEntry, RunStart } from '../journal.ts'
import type { Change, ReportRecord, Resources } from '../store.ts'
import type { InboxRecord } from '../trigger.ts'
import type { Row } from './row.ts'

/** The rows of a change that is written at the time `now`. */
export function changeRows(change: Change, now: UnixSeconds): readonly Row[] {
  const rows: Row[] = []
  const block = ({ cid, bytes }: { readonly cid: { readonly bytes: Uint8Array }; readonly bytes: Uint8Array }) =>
    rows.push(['block', cid.bytes, now, bytes])
  for (const some of change.blocks ?? []) block(some)
  for (const receipt of change.receipts ?? []) {
    block(receipt)
    rows.push(receiptRow(receipt, change.depth))
  }
  for (const report of change.reports ?? []) rows.push(reportRow(report))
  for (const { name, profile, receipt } of change.results ?? []) {
    rows.push(['result', name.bytes, profile, receipt.bytes])
  }
  for (const { task, profile, receipts } of change.equivocations ?? []) {
    for (const receipt of receipts) rows.push(['equivocation', task.bytes, profile, receipt.bytes])
  }
  // It has let go of what they settled.
  for (const { bytes } of change.refuted ?? []) rows.push(['refuted', bytes], ['noResults', bytes], ['removal'])
  for (const revocation of change.revocations ?? []) {
    block(revocation)
    rows.push(['revocation', revocation.revoke.bytes, withoutFragment(revocation.iss), revocation.cid.bytes])
  }
  for (const record of change.names ?? []) {
    block(record)
    rows.push(['name', withoutFragment(record.iss), record.name, record.seq, record.cid.bytes])
  }
  for (const { mod, map } of change.sourceMaps ?? []) rows.push(['sourceMap', mod.bytes, map.bytes])
  for (const { local, record } of change.localNames ?? []) rows.push(['localName', local, record.bytes])
  for (const [alias, name] of change.aliases ?? []) rows.push(['alias', alias.bytes, name.bytes])
  for (const pin of change.pinned ?? []) rows.push(['pin', pin.bytes])
  for (const pin of change.unpinned ?? []) rows.push(['unpin', pin.bytes])
  for (const executor of change.trusted ?? []) rows.push(['trusted', withoutFragment(executor)])
  for (const executor of change.untrusted ?? []) rows.push(['untrusted', withoutFragment(executor)])
  if (change.runStarted) rows.push(runRow(change.runStarted))
  for (const entry of change.journal ?? []) addEntry(rows, entry)
  addDoing(rows, change)
  addEvents(rows, change)
  return rows
}

/** What is under way, and this node's own values. */
function addDoing(rows: Row[], change: Change): void {
  for (const { task, run, label, attempt, at } of change.intents ?? []) {
    rows.push(['intent', task.bytes, run.bytes, label, attempt, at])
  }
  for (const task of change.concluded ?? []) rows.push(['concluded', task.bytes])
  for (const { run, request } of change.requests ?? []) rows.push(['request', run.bytes, encode({ ...request })])
  for (const number of change.taken ?? []) rows.push(['taken', number])
  for (const { schedule, workflow, due = null, last = null, missed } of change.schedules ?? []) {
    rows.push(['schedule', schedule.bytes, workflow.bytes, due, last, missed])
  }
  for (const schedule of change.unscheduled ?? []) rows.push(['unschedule', schedule.bytes])
  for (const { key, value, version } of change.kv ?? []) {
    const bytes = utf8.encode(key)
    if (value) rows.push(['kv', bytes, value, version, change.depth ?? null], ['noKvGone', bytes])
    else rows.push(['kvGone', bytes, version, change.depth ?? null], ['noKv', bytes])
  }
  for (const cid of change.secrets ?? []) rows.push(['secret', cid.bytes])
}

/** What starts workflows. */
function addEvents(rows: Row[], change: Change): void {
  for (const { bytes } of change.untriggered ?? []) {
    rows.push(['untrigger', bytes], ['noInbox', bytes], ['noCursors', bytes])
  }
  for (const { name, trigger, workflow } of change.triggers ?? []) {
    rows.push(['trigger', name, trigger.bytes, workflow.bytes])
  }
  for (const { trigger, id, event, at, ...state } of change.events ?? []) {
    rows.push(['eventCame', trigger.bytes, id, event.bytes, at, ...stateCells(state)])
  }
  for (const { trigger, id, ...state } of change.handled ?? []) {
    rows.push(['handled', trigger.bytes, id, ...stateCells(state)])
  }
  for (const { trigger, id } of change.forgotten ?? []) rows.push(['forgotten', trigger.bytes, id])
  for (const { trigger, key, mark } of change.cursors ?? []) {
    rows.push(mark ? ['cursor', trigger.bytes, key, mark] : ['noCursor', trigger.bytes, key])
  }
}

function stateCells({ state, attempts, due, run, cause }: Omit<InboxRecord, 'trigger' | 'id' | 'event' | 'at'>) {
  return [state, attempts, due ?? null, run?.bytes ?? null, cause ? JSON.stringify(cause) : null] as const
}

const utf8 = new TextEncoder()

function receiptRow(receipt: Receipt, depth: number | null = null): Row {
  const [{ cid, ran }, resolved] = [receipt, resolvedName(receipt)]
  return ['receipt', cid.bytes, ran.bytes, resolved.equals(ran) ? null : resolved.bytes, depth]
}

function reportRow({ receipt, used, limits, log, stack }: ReportRecord): Row {
  return ['report', receipt.bytes, ...amounts(used), ...amounts(limits), log, stack ? JSON.stringify(stack) : null]
}

function amounts({ gas, memory, output, disk, time }: Resources) {
  return [gas, memory, output, disk, time] as const
}

function runRow({ run, invocation, delegations, workflow, name, tasks, at, owner }: RunStart): Row {
  const listed = JSON.stringify(delegations.map(String))
  return ['run', run.bytes, invocation.bytes, listed, workflow.bytes, name ?? null, tasks, at, owner]
}

function addEntry(rows: Row[], { run: { bytes }, seq, at, event }: JournalEntry): void {
  if (event.type === 'settled') {
    const { label, task, how, receipt, milliseconds } = event
    rows.push(['settled', bytes, seq, at, label, task.bytes, how, receipt.bytes, milliseconds])
  } else if (event.type === 'reopened') {
    rows.push(['reopened', bytes, seq, at, JSON.stringify(event.labels)])
  } else {
    rows.push(['event', bytes, seq, at, encode(eventValue(event))])
    if (event.type === 'suspended' || event.type === 'cancelling') rows.push([event.type, bytes])
    if (event.type === 'resumed') rows.push(['resumed', bytes, event.owner])
    if (event.type === 'ended') rows.push(['ended', bytes, event.end, Math.floor(at / 1000)])
  }
}
