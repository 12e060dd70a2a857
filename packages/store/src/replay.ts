import type { JournalEntry, JournalEvent, RunStart, RunState, RunSummary, Settlement, TaskRecord } from './journal.ts'

/** A run of which nothing is told but that it was accepted. */
export function acceptedRun(start: RunStart): RunState {
  return { ...start, seq: 0, suspended: false, cancelling: false }
}

/** A run after one more entry of its journal. Flags are of runs that go on; what is reopened goes on again. */
export function stateAfter(state: RunState, { seq, at, event }: JournalEntry): RunState {
  const { end: _, endedAt: __, ...open } = state
  switch (event.type) {
    case 'suspended':
      return { ...state, seq, suspended: true }
    case 'resumed':
      return { ...state, seq, suspended: false, owner: event.owner }
    case 'cancelling':
      return { ...state, seq, cancelling: true }
    case 'reopened':
      return { ...open, seq }
    case 'ended':
      return { ...open, seq, suspended: false, cancelling: false, end: event.end, endedAt: Math.floor(at / 1000) }
    default:
      return { ...state, seq }
  }
}

/** Notes under its label how a task was settled, or that it is to be settled anew. */
export function settle(settled: Map<string, TaskRecord>, event: JournalEvent): void {
  if (event.type === 'reopened') for (const label of event.labels) settled.delete(label)
  if (event.type !== 'settled') return
  const { type: _, ...record } = event
  // In the order in which they were settled last.
  settled.delete(record.label)
  settled.set(record.label, record)
}

/** How many tasks were settled in which way, and how long those took that ran. */
export function countsOf(settled: Iterable<TaskRecord>): Pick<RunSummary, 'counts' | 'milliseconds'> {
  const counts = { ...noCounts }
  let milliseconds = 0
  for (const task of settled) {
    counts[task.how] += 1
    if (hasRun(task.how)) milliseconds += task.milliseconds
  }
  return { counts, milliseconds }
}

/** The counts of a run of which no task is settled. */
export const noCounts: Readonly<Record<Settlement, number>> = {
  ran: 0,
  reused: 0,
  failed: 0,
  caught: 0,
  skipped: 0,
  withdrawn: 0,
}

/** Whether a task was run, whatever came of it. */
function hasRun(how: Settlement): boolean {
  return how === 'ran' || how === 'failed' || how === 'caught'
}
