import { RunJournal } from '../journal/run-journal.ts'
import { profileOf } from '../outcome/issue.ts'
import type { PutBack } from '../submission/past.ts'
import { ask, joined, type AskingContext } from '../spawn/asking.ts'
import { Ahead } from '../remote/ahead.ts'
import { Stopped } from '../effect/mutation.ts'
import { Dataflow } from './dataflow.ts'
import { Ending } from './ending.ts'
import type { EndedRun, RunStop } from './event.ts'
import { handled } from './handled.ts'
import type { RunParts, StopKind } from './parts.ts'
import { record } from './record.ts'
import { notNeeded, withdrawn, type Step } from './step.ts'
import type { RunTask, TaskSettled } from './task.ts'
import { asksFor, notStarted, settlement, work } from './work.ts'
import type { Written } from './work-context.ts'

/**
 * One run of a workflow: it does its tasks as they get ready, and takes its next step when nothing of it is under way
 * (design § Run a workflow; ADR 64).
 */
export class WorkflowRun {
  readonly #parts: RunParts
  readonly #journal: RunJournal
  readonly #ending: Ending
  readonly #flow: Dataflow
  readonly #context: AskingContext
  /** What keeps it from its next step. */
  #active = 0

  constructor(parts: RunParts) {
    const { engine, executor, mutations, authority, state, onEvent, runNonce, past, spawned, event, depth } = parts
    this.#parts = parts
    const told = { onEvent, onFault: (fault: unknown) => this.#ending.fail(fault) }
    this.#journal = new RunJournal({ ...state, depth }, engine.commits, engine.world, told)
    this.#ending = new Ending(this.#journal, state.cancelling)
    const ahead = new Ahead(authority, parts.workflow.catch ? undefined : engine.others)
    const [{ signal }, journal] = [this.#ending, this.#journal]
    const onReady = (task: RunTask) => void this.#doing(task, () => this.#work(task))
    this.#flow = new Dataflow({ ...parts, isReleased: past.released, ahead, signal, onReady })
    this.#context = {
      ...{ engine, executor, mutations, authority, journal, signal, runNonce, past, spawned, event, depth },
      adopt: tasks => this.#adopt(tasks),
      whenSettled: task => this.#whenSettled(task),
      record: (task, settled, written) => this.#record(task, settled, written),
      onSent: task => this.#flow.sent(task),
      onRunning: ({ labels, name }) => {
        for (const label of labels) journal.tell({ type: 'running', label, task: name })
      },
    }
  }

  /** Resolves when nothing more of it goes on here; rejects on a fault of the host. */
  get done(): Promise<RunStop> {
    return this.#ending.done
  }

  /** Goes on with it from where its journal ends. */
  start(): void {
    const { state, workflow, tasks, journaled } = this.#parts
    const labels = Object.keys(workflow.tasks)
    this.#journal.tell({ type: 'started', workflow: state.workflow, labels }, journaled)
    this.#active += 1
    if (state.cancelling) this.stop('cancel')
    for (const task of tasks) this.#begin(task)
    this.#active -= 1
    this.#advance()
  }

  /**
   * Stops it: what is under way ends early, but for mutations. False where it ends already, or is stopped for another
   * reason: then what was wanted is to be asked of what is left of it.
   */
  stop(kind: StopKind): boolean {
    const stops = this.#ending.stop(kind)
    this.#advance()
    return stops
  }

  /** Whether nothing more of it begins. */
  get isStopping(): boolean {
    return this.#ending.hasBegun
  }

  /** How it stands, with its settled tasks. */
  ended(end: RunStop): EndedRun {
    const { run, workflow } = this.#parts.state
    return { run, workflow, end, tasks: this.#flow.settledTasks() }
  }

  #begin(task: RunTask): void {
    if (task.phase === 'settled') return
    if (task.settled) {
      // It failed, and the node was cut off before its handler had said what is to be done.
      const { settled } = task
      void this.#doing(task, () => this.#afterFailure(task, settled))
    } else if (task.asked) {
      const { own } = task.asked
      task.phase = 'active'
      void this.#doing(task, () => this.#afterAsking(task, own))
    } else this.#flow.readyIfDue(task)
  }

  /** Lets tasks join that a function asked for, where the journal left them. */
  #adopt(joining: PutBack): void {
    this.#parts.onSpawned(joining.tasks)
    this.#flow.join(joining)
    for (const task of joining.tasks) this.#begin(task)
  }

  /**
   * Whether the name that it was asked by may be known. It is not where something that it awaits was not; and others may be
   * held to terms on the arguments with values in place of promises.
   */
  #mayBeKnown({ isPure, awaits, place }: RunTask): boolean {
    // What was granted is held against the arguments with values in place, too.
    if (place.spawned && awaits.length > 0) return false
    const isOfReused = isPure && place.foreign.length === 0 && awaits.every(({ settled }) => settled?.how === 'reused')
    return isOfReused && this.#parts.authority.isOwn
  }

  /** Work that keeps the run from its next step; what it throws stops the run. */
  async #doing(task: RunTask | undefined, doing: () => Promise<void>): Promise<void> {
    this.#active += 1
    try {
      await doing()
    } catch (fault) {
      if (task?.phase === 'active') task.phase = 'waiting'
      if (!(fault instanceof Stopped)) this.#ending.fail(fault)
    } finally {
      this.#active -= 1
      if (task) this.#flow.left(task)
      this.#advance()
    }
  }

  /** How a task is settled whose name is known: its promises need no values then. */
  async #lookUp(task: RunTask): Promise<TaskSettled | undefined> {
    const { engine } = this.#parts
    const profile = engine.commands[task.place.task.cmd]?.profile
    if (profile === undefined || task.place.agent) return undefined
    const pause = engine.pace.next()
    if (pause) await pause
    const index = profileOf(profile, task.place.secret)
    const receipt = engine.memo.recall(task.name, index) ?? (await engine.memo.find(task.name, index))
    if (!receipt) return undefined
    engine.metrics.memoHits += 1
    const settled = { receipt, lasting: true, how: settlement(receipt, true), milliseconds: 0 }
    if (!asksFor(settled)) this.#record(task, settled, {}).catch(() => {})
    return settled
  }

  async #work(task: RunTask): Promise<void> {
    const mayBeKnown = this.#mayBeKnown(task)
    const settled =
      (mayBeKnown && (await this.#lookUp(task))) ||
      (await work(task, this.#context, mayBeKnown || this.#parts.isUnknown))
    if (settled === 'unknown') task.phase = 'unknown'
    else if (settled === 'later') this.#flow.waitForValues(task)
    else await this.#afterWork(task, settled)
  }

  async #afterWork(task: RunTask, settled: TaskSettled): Promise<void> {
    if (settled.how === 'failed') await this.#afterFailure(task, settled)
    else if (task.place.class === 'pure' && !task.place.agent && asksFor(settled))
      await this.#afterAsking(task, settled)
    else this.#flow.settle(task, settled)
  }

  /** The tasks that its function asked for join the run; where one goes on in its place, it is settled as that is. */
  async #afterAsking(task: RunTask, own: TaskSettled): Promise<void> {
    const refused = task.asked ? undefined : await ask(task, own, this.#context)
    const settled = refused ?? (await joined(task, own, this.#context))
    if (settled.how === 'failed') await this.#afterFailure(task, settled)
    else this.#flow.settle(task, settled)
  }

  /** A failure that no branch handles goes to the workflow's handler first: what it says is what the others await. */
  async #afterFailure(task: RunTask, failure: TaskSettled): Promise<void> {
    const handler = this.#parts.workflow.catch
    task.settled = failure
    if (task.place.handled || task.isBoundCrossed || !handler) return this.#flow.settle(task, failure)
    task.phase = 'active'
    const settled = await handled(task, failure, handler, {
      ...this.#context,
      taskOf: label => this.#flow.taskOf(label),
      call: other => this.#flow.call(other),
    })
    await this.#record(task, settled, { change: {} })
    this.#flow.settle(task, settled)
  }

  /** Waits for another task of this run, which is no work of its own. */
  async #whenSettled(task: RunTask): Promise<TaskSettled> {
    if (task.phase === 'settled' && task.settled) return task.settled
    this.#active -= 1
    queueMicrotask(() => this.#advance())
    // At once, so that no step is taken between the end of that task and what is made of it here.
    return task.whenSettled(this.#ending.signal, () => {
      this.#active += 1
    })
  }

  #record(task: RunTask, settled: TaskSettled, written: Written): Promise<void> {
    return record(this.#journal, task, settled, written)
  }

  #advance(): void {
    if (this.#active > this.#flow.unreleased || this.#ending.isOver) return
    if (this.#active === 0) void this.#doing(undefined, () => this.#next())
    else if (!this.#ending.stopped) {
      const step = this.#flow.releaseStep()
      if (step) void this.#doing(undefined, () => this.#take(step))
    }
  }

  #next(): Promise<void> {
    const { stopped } = this.#ending
    return stopped ? this.#ending.whenStopped(stopped) : this.#take(this.#flow.nextStep())
  }

  async #take(step: Step): Promise<void> {
    switch (step.type) {
      case 'release':
        // On the disk are then, too, all results on which it rests. Faults of the journal reach the run by themselves.
        await this.#journal.write({ type: 'released' }).catch(() => {})
        return this.#flow.release(step.tasks)
      case 'withdraw':
        for (const task of step.tasks) await this.#close(task, withdrawn(step.by))
        return
      case 'compensate':
        return this.#flow.call(step.task)
      case 'letGo':
        for (const task of step.tasks) await this.#close(task, notNeeded)
        return
      case 'end':
        return this.#ending.end(step.how)
    }
  }

  /** Settles a task that does not run. */
  async #close(task: RunTask, failure: { readonly name: string; readonly message: string }): Promise<void> {
    const { receipt, stored } = await notStarted(task, this.#context, failure, false)
    const settled = { receipt, lasting: false, how: settlement(receipt, false), milliseconds: 0 }
    this.#record(task, settled, { after: stored }).catch(() => {})
    this.#flow.settle(task, settled)
  }
}
