import { CID, decode, type Value } from '@ipvm/ipld'
import { readEvent } from '../event.ts'
import type {
  Cause,
  Intent,
  JournalEntry,
  JournalEvent,
  KvEntry,
  PendingRequest,
  RunEnd,
  RunRecord,
  RunRequest,
  RunState,
  RunSummary,
  ScheduleRecord,
  Settlement,
  TaskRecord,
} from '../journal.ts'
import { noCounts } from '../replay.ts'
import type { NameIndex, Report, Resources } from '../store.ts'
import type { CursorRecord, InboxState, KvChangeEntry, NumberedEvent, ReceiptEntry, TriggerRecord } from '../trigger.ts'
import type { Statements } from './statements.ts'

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>

const utf8 = new TextDecoder()

/** The report in a row. */
export function storedReport(row: Row): Report {
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

/** The number of a name record, and the record. */
export function nameIndex(row: Row): NameIndex {
  return { seq: Number(row.seq), record: cidIn(row, 'record') }
}

/** The run in a row, with its tasks. */
export function runRecord(sql: Statements, row: Row): RunRecord {
  return { ...runState(row), settled: sql.tasks.all(Number(row.number)).map(taskRecord) }
}

/** The run in a row, with how many of its tasks ended how: the run has that once it has ended. */
export function runSummary(sql: Statements, row: Row): RunSummary {
  const { counts, milliseconds } = row.counts === null ? (sql.counts.get(Number(row.number)) ?? {}) : row
  const counted: unknown = JSON.parse(String(counts))
  return { ...runState(row), counts: { ...noCounts, ...Object(counted) }, milliseconds: Number(milliseconds) }
}

/** The run in a row. */
export function runState(row: Row): RunState {
  const listed: unknown = typeof row.delegations === 'string' ? JSON.parse(row.delegations) : []
  const run = cidIn(row, 'run')
  return {
    run,
    invocation: row.invocation === null ? run : cidIn(row, 'invocation'),
    delegations: Array.isArray(listed) ? listed.map(text => CID.parse(String(text))) : [],
    workflow: cidIn(row, 'workflow'),
    ...(typeof row.name === 'string' && { name: row.name }),
    tasks: Number(row.tasks),
    at: Number(row.at),
    owner: String(row.owner),
    seq: Number(row.seq),
    suspended: row.suspended === 1,
    cancelling: row.cancelling === 1,
    ...(row.ended !== null && { end: row.ended as RunEnd, endedAt: Number(row.ended_at) }),
  }
}

/** The entry of a run's journal in a row. */
export function journalEntry(run: CID, row: Row): JournalEntry {
  return { run, seq: Number(row.seq), at: Number(row.at), event: journalEvent(row) }
}

function journalEvent(row: Row): JournalEvent {
  if (row.how !== null) return { type: 'settled', ...taskRecord(row) }
  const { reopened } = row
  const value =
    typeof reopened === 'string' ? { type: 'reopened', labels: JSON.parse(reopened) } : decoded(row, 'event')
  const event = readEvent(value)
  if (!event) throw new TypeError('the journal holds what is no event')
  return event
}

function taskRecord(row: Row): TaskRecord {
  return {
    label: String(row.label),
    task: cidIn(row, 'task'),
    how: row.how as Settlement,
    receipt: cidIn(row, 'receipt'),
    milliseconds: Number(row.milliseconds),
  }
}

/** The intent in a row. */
export function intent(row: Row): Intent {
  const { label, attempt, at } = row
  return {
    task: cidIn(row, 'task'),
    run: cidIn(row, 'run'),
    label: String(label),
    attempt: Number(attempt),
    at: Number(at),
  }
}

/** The request in a row. */
export function pendingRequest(row: Row): PendingRequest {
  // Written by `Change.requests` alone, so that it is one.
  const request = decoded(row, 'request') as RunRequest | undefined
  if (!request) throw new TypeError('the table of requests holds what is none')
  return { number: Number(row.number), run: cidIn(row, 'run'), request }
}

/** The schedule in a row. */
export function scheduleRecord(row: Row): ScheduleRecord {
  const { due, last, missed } = row
  return {
    schedule: cidIn(row, 'schedule'),
    workflow: cidIn(row, 'workflow'),
    ...(due !== null && { due: Number(due) }),
    ...(last !== null && { last: Number(last) }),
    missed: Number(missed),
  }
}

/** The trigger in a row. */
export function triggerRecord(row: Row): TriggerRecord {
  return { name: String(row.name), trigger: cidIn(row, 'cid'), workflow: cidIn(row, 'workflow') }
}

/** The event of a trigger in a row. */
export function inboxRecord(row: Row): NumberedEvent {
  const { number, id, at, state, attempts, due, cause } = row
  // Written by `Change.events` and `Change.handled` alone, so that it is one.
  const why: unknown = typeof cause === 'string' ? JSON.parse(cause) : undefined
  return {
    ...{ number: Number(number), trigger: cidIn(row, 'cid'), id: String(id), event: cidIn(row, 'event') },
    ...{ at: Number(at), state: state as InboxState, attempts: Number(attempts) },
    ...(due !== null && { due: Number(due) }),
    ...(row.run !== null && { run: cidIn(row, 'run') }),
    ...(why !== undefined && { cause: why as Cause }),
  }
}

/** The cursor in a row. */
export function cursorRecord(row: Row): CursorRecord {
  return { key: String(row.key), mark: blob(row, 'mark') ?? new Uint8Array(0) }
}

/** The receipt of a feed in a row. */
export function receiptEntry(row: Row): ReceiptEntry {
  return { number: Number(row.number), depth: Number(row.depth), receipt: cidIn(row, 'cid') }
}

/** The change of a value in a row. */
export function kvChangeEntry(row: Row): KvChangeEntry {
  const [key, value] = [blob(row, 'key') ?? new Uint8Array(0), blob(row, 'value')]
  const change = { key: utf8.decode(key), version: Number(row.version), ...(value && { value }) }
  return { number: Number(row.number), depth: Number(row.depth), ...change }
}

/** The key and value in a row. */
export function kvEntry(row: Row): KvEntry {
  const [key, value] = [blob(row, 'key'), blob(row, 'value')]
  if (!key || !value) throw new TypeError('the key-value map holds what is no entry')
  return { key: utf8.decode(key), value, version: Number(row.version) }
}

function decoded(row: Row, column: string): Value | undefined {
  const bytes = blob(row, column)
  const value = bytes && decode(bytes)
  return value && 'ok' in value ? value.ok : undefined
}

/** What a row is mapped to, where there is one. */
export function optional<T>(row: Row | undefined, map: (row: Row) => T): T | undefined {
  return row && map(row)
}

/** The bytes in a column, where there are some. */
export function blob(row: Row | undefined, column: string): Uint8Array | undefined {
  const value = row?.[column]
  return value instanceof Uint8Array ? value : undefined
}

/** The CID in a column. */
export function cidIn(row: Row, column: string): CID {
  const bytes = blob(row, column)
  if (!bytes) throw new TypeError(`the column ${column} holds no bytes`)
  return CID.decode(bytes)
}
