import { CID } from '@ipvm/ipld'
import type { NameIndex, Report, Resources, RunEnd, RunRecord, RunState, RunSummary, Settlement } from '../store.ts'
import type { Statements } from './statements.ts'

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>

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

/** The run in a row, with how many of its tasks ended how. */
export function runSummary(sql: Statements, row: Row): RunSummary {
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
