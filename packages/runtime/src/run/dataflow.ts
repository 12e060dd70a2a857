import type { Ahead } from '../remote/ahead.ts'
import type { PutBack } from '../submission/past.ts'
import type { SettledTask } from './event.ts'
import { settledTasks } from './record.ts'
import { nextStep, releaseStep, type Step } from './step.ts'
import type { RunTask, TaskSettled } from './task.ts'

/** What a run begins with, and how it is told what is ready. */
export interface DataflowParts extends PutBack {
  readonly isReleased: boolean
  readonly ahead: Ahead
  /** Nothing more is ready when it aborts. */
  readonly signal: AbortSignal
  readonly onReady: (task: RunTask) => void
}

/**
 * The tasks of a run, and who waits for whom. There are no barriers: each is ready when what it awaits is settled, and a
 * mutation when it is released, too (design § Run a workflow).
 */
export class Dataflow {
  /** Those of its document, and those that these asked for. */
  readonly #tasks: RunTask[]
  /** Those that are settled, in their order. */
  readonly #settled: RunTask[]
  readonly #byLabel = new Map<string, RunTask>()
  readonly #ahead: Ahead
  readonly #signal: AbortSignal
  readonly #onReady: (task: RunTask) => void
  #isReleased: boolean

  constructor({ tasks, settled, isReleased, ahead, signal, onReady }: DataflowParts) {
    this.#tasks = [...tasks]
    this.#settled = [...settled]
    this.#isReleased = isReleased
    this.#ahead = ahead
    this.#signal = signal
    this.#onReady = onReady
    // A handler names tasks of the document alone: whether others are there by then may be chance.
    for (const task of tasks) if (!task.asker) for (const label of task.labels) this.#byLabel.set(label, task)
  }

  /** Whether the mutations of its document may go. */
  get isReleased(): boolean {
    return this.#isReleased
  }

  /** How many are under way though they were not released. */
  get unreleased(): number {
    return this.#ahead.size
  }

  /** Whether something failed that nobody handles. */
  get hasFailed(): boolean {
    return this.#settled.some(({ isUnhandled }) => isUnhandled)
  }

  taskOf(label: string): RunTask | undefined {
    return this.#byLabel.get(label)
  }

  /** By label, in the order in which they were settled. */
  settledTasks(): Map<string, SettledTask> {
    const tasks = new Map<string, SettledTask>()
    for (const task of this.#settled) for (const told of settledTasks(task, task.settled)) tasks.set(told.label, told)
    return tasks
  }

  /** What the run does next, where nothing of it is under way. */
  nextStep(): Step {
    return nextStep(this.#tasks, this.#settled, this.#isReleased)
  }

  /** What may be done next where nothing is under way but what was sent ahead of the release. */
  releaseStep(): Step | undefined {
    return this.#isReleased ? undefined : releaseStep(this.#tasks, this.#settled)
  }

  /** Lets tasks join that a function asked for, where the journal left them. */
  join({ tasks, settled }: PutBack): void {
    for (const task of tasks) this.#tasks.push(task)
    for (const task of settled) this.#settled.push(task)
  }

  readyIfDue(task: RunTask): void {
    if (task.phase !== 'waiting' || this.#signal.aborted) return
    if (task.place.standby && !task.called) return
    if (task.pending > 0) {
      if (task.place.agent && this.#ahead.mayGo(task, this.#tasks, this)) this.#ready(task)
      return
    }
    this.#ahead.leave(task)
    const isReleased = task.isReleased || (this.#isReleased && !task.asker)
    if (task.place.class === 'mutation' && !isReleased) task.phase = 'held'
    else this.#ready(task)
  }

  #ready(task: RunTask): void {
    task.phase = 'active'
    this.#onReady(task)
  }

  /** A task of another agent was asked for: what awaits it may go ahead. */
  sent({ dependents }: RunTask): void {
    for (const other of dependents) this.readyIfDue(other)
  }

  /** A task is not under way any more. */
  left(task: RunTask): void {
    this.#ahead.done(task)
  }

  /** It cannot be asked for with promises in place. */
  waitForValues(task: RunTask): void {
    task.phase = 'waiting'
    task.waitsForValues = true
    task.sent = undefined
    if (this.#ahead.done(task)) task.isReleased = false
    this.readyIfDue(task)
  }

  settle(task: RunTask, settled: TaskSettled): void {
    task.settle(settled)
    this.#settled.push(task)
    for (const other of task.dependents) {
      other.pending -= 1
      this.readyIfDue(other)
    }
    for (const other of this.#ahead.waiting()) this.readyIfDue(other)
  }

  /** Calls upon a task on standby, and upon those that it awaits. */
  call(task: RunTask): void {
    const wanted = new Set([task])
    for (const next of wanted) {
      next.called = true
      for (const awaited of next.awaits) if (awaited.place.standby) wanted.add(awaited)
    }
    for (const next of wanted) this.readyIfDue(next)
  }

  /** Releases mutations that were held. */
  release(tasks: readonly RunTask[]): void {
    this.#isReleased = true
    for (const task of tasks) {
      task.phase = 'waiting'
      task.isReleased = true
      this.readyIfDue(task)
    }
  }
}
