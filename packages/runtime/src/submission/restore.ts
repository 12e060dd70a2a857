import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { JournalEntry, TaskRecord } from '@ipvm/store'
import { isBeforeRelease } from '../run/release.ts'
import type { RunTask } from '../run/task.ts'

/** What the journal of a run says of its tasks. */
export interface Restored {
  /** Those that are settled, in their order. */
  readonly settled: readonly RunTask[]
  /** Whether its mutations were released. */
  readonly released: boolean
}

/** Puts tasks where the run's journal left them. */
export async function restore(
  tasks: readonly RunTask[],
  entries: readonly JournalEntry[],
  readReceipt: (cid: CID) => Promise<Receipt | undefined>,
  hasHandler: boolean,
): Promise<Restored> {
  const { records, released } = replay(tasks, entries)
  const settled: [at: number, task: RunTask][] = []
  for (const task of tasks) {
    const record = task.labels.map(label => records.get(label)).find(found => found !== undefined)
    if (!record) continue
    const receipt = await readReceipt(record.receipt)
    if (!receipt) {
      // What is pure, or only asked, is done again; whether a mutation was done, only a person can say now.
      if (task.place.class === 'mutation') task.phase = 'unknown'
      continue
    }
    // What went into it is not written down; it holds beyond this run only where that did, all the way.
    const isOwn = task.isPure && task.awaits.every(({ settled }) => settled?.lasting)
    const lasting = isOwn && receipt.exp === null && record.how !== 'caught'
    task.settled = { receipt, lasting, how: record.how, milliseconds: record.milliseconds }
    const awaitsHandler = record.how === 'failed' && hasHandler && !task.place.handled && record.times === 1
    if (awaitsHandler) continue
    task.phase = 'settled'
    settled.push([record.at, task])
  }
  for (const task of tasks) task.pending = task.awaits.filter(({ phase }) => phase !== 'settled').length
  settled.sort(([a], [b]) => a - b)
  return { settled: settled.map(([, task]) => task), released }
}

interface Replayed extends TaskRecord {
  readonly at: number
  /** How often it was settled: the second time by what its handler said. */
  readonly times: number
}

function replay(tasks: readonly RunTask[], entries: readonly JournalEntry[]) {
  const byLabel = new Map(tasks.flatMap(task => task.labels.map(label => [label, task] as const)))
  const records = new Map<string, Replayed>()
  let released = false
  for (const { seq, event } of entries) {
    switch (event.type) {
      case 'settled': {
        const task = byLabel.get(event.label)
        if (task) task.called = true
        const times = (records.get(event.label)?.times ?? 0) + 1
        records.set(event.label, { ...event, at: seq, times })
        break
      }
      case 'intent':
      case 'retrying':
      case 'unknown': {
        const task = byLabel.get(event.label)
        if (!task) break
        // What was on standby and was begun is wanted.
        task.called = true
        task.before = event
        break
      }
      case 'reopened':
        for (const label of event.labels) {
          const isSettled = records.delete(label)
          const task = byLabel.get(label)
          if (!task) continue
          // What it rested on is open again: it is judged anew when that is settled.
          if (isBeforeRelease(task.place)) released = false
          // A person's word counts for what was in doubt itself; what another run is in doubt about stays so.
          const { type } = task.before ?? {}
          task.before = !isSettled && (type === 'unknown' || type === 'intent') ? event : undefined
          task.called = false
        }
        break
      case 'released':
        released = true
    }
  }
  return { records, released }
}
