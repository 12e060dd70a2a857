import { CID, encode } from '@ipvm/ipld'
import { eventValue } from '../event.ts'
import type { JournalEvent, RunEnd, RunState, TaskRecord } from '../journal.ts'
import { countsOf } from '../replay.ts'
import { asked } from './asked.ts'
import type { Database, ObjectStore } from './platform.ts'
import { storedRun, type StoredEntry } from './rows.ts'

/** What `runs` held in the first version. */
interface FirstRun {
  readonly run: string
  readonly workflow: string
  readonly name?: string
  readonly tasks: number
  readonly at: number
  readonly owner: string
  readonly end?: RunEnd
  readonly endedAt?: number
}

/** What `tasks` held: each task of a run as it was settled last. */
interface FirstTask extends Omit<TaskRecord, 'task' | 'receipt'> {
  readonly run: string
  readonly task: string
  readonly receipt: string
}

/**
 * Journals in place of the tasks of the first version; what happened when is known to the run alone. A run that had not
 * ended is one that was cut off, long ago perhaps: it goes on when somebody says so.
 */
export async function tellJournals(db: Database, store: (name: string) => ObjectStore): Promise<void> {
  const runs = (await asked(store('runs').getAll())) as readonly FirstRun[]
  const numbers = await asked(store('runs').getAllKeys())
  const all = (await asked(store('tasks').getAll())) as readonly FirstTask[]
  const byRun = Map.groupBy(all, ({ run }) => run)
  for (const [i, { run: name, workflow, ...run }] of runs.entries()) {
    const tasks = (byRun.get(name) ?? []).map(({ run: _, task, receipt, ...rest }) => {
      return { ...rest, task: CID.parse(task), receipt: CID.parse(receipt) }
    })
    const last: JournalEvent = run.end ? { type: 'ended', end: run.end } : { type: 'suspended' }
    const events: readonly JournalEvent[] = [...tasks.map(task => ({ type: 'settled', ...task }) as const), last]
    for (const [before, event] of events.entries()) {
      const at = (event === last ? (run.endedAt ?? run.at) : run.at) * 1000
      const entry: StoredEntry = { seq: before + 1, at, event: encode(eventValue(event)).slice() }
      store('journal').put(entry, [numbers[i], entry.seq])
    }
    const cid = CID.parse(name)
    const flags = { seq: events.length, suspended: run.end === undefined, cancelling: false }
    const state: RunState = {
      ...run,
      run: cid,
      invocation: cid,
      delegations: [],
      workflow: CID.parse(workflow),
      ...flags,
    }
    store('runs').put(storedRun(state, run.end && countsOf(tasks)), numbers[i])
  }
  db.deleteObjectStore('tasks')
}
