import { CID } from '@ipvm/ipld'
import type { RunEnd, RunRecord, RunState, RunSummary, Settlement } from '../journal.ts'
import { asked, type StoreName } from './database.ts'
import type { ObjectStore } from './platform.ts'

/** What `results` holds. */
export interface StoredResult {
  readonly name: string
  readonly profile: string
  readonly receipt: string
}

/** What `uses` holds, by the block's CID. */
export interface StoredUse {
  readonly size: number
  readonly used: number
}

/** What `names` holds. */
export interface StoredName {
  readonly iss: string
  readonly name: string
  readonly seq: number
  readonly record: string
}

/** What `runs` holds. */
export interface StoredRun {
  readonly run: string
  readonly workflow: string
  readonly name?: string
  readonly tasks: number
  readonly at: number
  readonly owner: string
  readonly end?: RunEnd
  readonly endedAt?: number
}

/** What `tasks` holds. */
export interface StoredTask {
  readonly run: string
  readonly label: string
  readonly task: string
  readonly how: Settlement
  readonly receipt: string
  readonly milliseconds: number
}

/** The object stores of a transaction. */
export type StoreOf = (name: StoreName) => ObjectStore

/** A run with its tasks. */
export async function runRecord(store: StoreOf, run: StoredRun): Promise<RunRecord> {
  const settled = (await tasksOf(store, run)).map(({ run: _, task, receipt, ...rest }) => {
    return { ...rest, task: CID.parse(task), receipt: CID.parse(receipt) }
  })
  return { ...runState(run), settled }
}

/** A run with how many of its tasks ended how. */
export async function runSummary(store: StoreOf, run: StoredRun): Promise<RunSummary> {
  const counts = { ran: 0, reused: 0, failed: 0, skipped: 0 }
  let milliseconds = 0
  for (const task of await tasksOf(store, run)) {
    counts[task.how] += 1
    if (task.how === 'ran' || task.how === 'failed') milliseconds += task.milliseconds
  }
  return { ...runState(run), counts, milliseconds }
}

async function tasksOf(store: StoreOf, { run }: StoredRun): Promise<readonly StoredTask[]> {
  return (await asked(store('tasks').index('run').getAll(run))) as readonly StoredTask[]
}

function runState({ run, workflow, ...state }: StoredRun): RunState {
  return { ...state, run: CID.parse(run), workflow: CID.parse(workflow) }
}
