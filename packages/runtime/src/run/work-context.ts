import type { CID } from '@ipvm/ipld'
import type { Authority } from '../authority/authority.ts'
import type { Mutations } from '../effect/mutation.ts'
import type { RunJournal } from '../journal/run-journal.ts'
import type { Signed } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import type { Executor } from '../engine/executor.ts'
import type { RunTask, TaskSettled } from './task.ts'

/** What it takes to resolve the promises of a run's tasks. */
export interface ResolveContext {
  readonly engine: Engine
  readonly authority: Authority
  readonly journal: RunJournal
  readonly signal: AbortSignal
}

/** What it takes to do the tasks of a run. */
export interface WorkContext extends ResolveContext {
  readonly executor: Executor
  /** The block of what happened, that the run is for. */
  readonly event: CID | undefined
  /** How many events led to the run, one by the other. */
  readonly depth: number
  readonly mutations: Mutations
  /** Writes in the run's journal that a task is settled, with a change. Resolves when it is on the disk. */
  record(task: RunTask, settled: TaskSettled, written: Written): Promise<void>
  /** Told when a task was not known and is done now. */
  onRunning(task: RunTask): void
  /** Told when another agent is asked for a task. */
  onSent(task: RunTask): void
}

/** What is written with a settled task, which is waited for then; and what has to be on the disk before anybody is told. */
export interface Written {
  readonly change?: Signed['change']
  readonly after?: Promise<void>
}
