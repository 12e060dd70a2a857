import type { JournalEvent } from '@ipvm/store'
import { Stopped } from '../effect/mutation.ts'
import { RunJournal } from '../journal/run-journal.ts'
import { profileOf } from '../outcome/issue.ts'
import type { PutBack } from '../submission/past.ts'
import { ask, joined, type AskingContext } from './asking.ts'
import type { EndedRun, RunStop, SettledTask } from './event.ts'
import { handled } from './handled.ts'
import type { RunParts, StopKind } from './parts.ts'
import { record, settledTasks } from './record.ts'
import { nextStep, notNeeded, releaseStep, withdrawn, type Step } from './step.ts'
import type { RunTask, TaskSettled } from './task.ts'
import { Ahead } from '../remote/ahead.ts'
import { asksFor, notStarted, settlement, work } from './work.ts'
import type { Written } from './work-context.ts'

/**
 * One run of a workflow: dataflow without barriers, a task starts when what it awaits is settled (design § Run a workflow).
 * What lies between the phases of a run happens when nothing of it is under way (`nextStep`).
 */
export class WorkflowRun {
  readonly #parts: RunParts
  readonly #byLabel = new Map<string, RunTask>()
  readonly #journal: RunJournal
  readonly #context: AskingContext
  readonly #stop = new AbortController()
  readonly #done = Promise.withResolvers<RunStop>()
  readonly #order: RunTask[]
  readonly #ahead: Ahead
  /** Those of its document, and those that these asked for. */
  readonly #tasks: RunTask[]
  /** What keeps it from its next step. */
  #active = 0
  #stopping: StopKind | undefined
  /** Its last entry is being written. */
  #isEnding = false
  #isOver = false
  #fault: { readonly reason: unknown } | undefined
  #released: boolean
  /** The first failure that nobody handles. */
  #failed: RunTask | undefined

  constructor(parts: RunParts) {
    const { engine, executor, mutations, authority, state, onEvent, runNonce, past, spawned, event, depth } = parts
    this.#parts = parts
    this.#tasks = [...parts.tasks]
    // A handler names tasks of the document alone: whether others are there by then may be chance.
    for (const task of this.#tasks) if (!task.asker) for (const label of task.labels) this.#byLabel.set(label, task)
    this.#order = [...parts.settled]
    this.#released = past.released
    this.#ahead = new Ahead(authority, parts.workflow.catch ? undefined : engine.others)
    const told = { onEvent, onFault: (fault: unknown) => this.#onFault(fault) }
    this.#journal = new RunJournal({ ...state, depth }, engine.commits, engine.world, told)
    const [signal, journal] = [this.#stop.signal, this.#journal]
    this.#context = {
      ...{ engine, executor, mutations, authority, journal, signal, runNonce, past, spawned, event, depth },
      adopt: tasks => this.#adopt(tasks),
      whenSettled: task => this.#whenSettled(task),
      record: (task, settled, written) => this.#record(task, settled, written),
      onSent: ({ dependents }) => {
        for (const other of dependents) this.#readyIfDue(other)
      },
      onRunning: ({ labels, name }) => {
        for (const label of labels) journal.tell({ type: 'running', label, task: name })
      },
    }
  }

  /** Resolves when nothing more of it goes on here; rejects on a fault of the host. */
  get done(): Promise<RunStop> {
    return this.#done.promise
  }

  /** Goes on with it from where its journal ends. */
  start(): void {
    const { state, workflow, journaled } = this.#parts
    const labels = Object.keys(workflow.tasks)
    this.#journal.tell({ type: 'started', workflow: state.workflow, labels }, journaled)
    this.#active += 1
    if (state.cancelling) this.stop('cancel')
    for (const task of [...this.#tasks]) this.#begin(task)
    this.#active -= 1
    this.#advance()
  }

  /**
   * Stops it: what is under way ends early, but for mutations. False where it ends already, or is stopped for another
   * reason: then what was wanted is to be asked of what is left of it.
   */
  stop(kind: StopKind): boolean {
    if (this.#stopping === kind) return true
    if (this.#stopping || this.#isEnding) return false
    this.#stopping = kind
    if (kind === 'cancel' && !this.#parts.state.cancelling) void this.#write({ type: 'cancelling' })
    this.#stop.abort(new Stopped())
    this.#advance()
    return true
  }

  /** Whether nothing more of it begins. */
  get isStopping(): boolean {
    return this.#stopping !== undefined || this.#isEnding
  }

  /** How it stands, with its settled tasks. */
  ended(end: RunStop): EndedRun {
    const { run, workflow } = this.#parts.state
    const tasks = new Map<string, SettledTask>()
    for (const task of this.#order) for (const told of settledTasks(task, task.settled)) tasks.set(told.label, told)
    return { run, workflow, end, tasks }
  }

  #begin(task: RunTask): void {
    if (task.phase === 'settled') {
      if (task.isUnhandled) this.#failed ??= task
    } else if (task.settled) {
      // It failed, and the node was cut off before its handler had said what is to be done.
      const { settled } = task
      void this.#doing(task, () => this.#afterFailure(task, settled))
    } else if (task.asked) {
      const { own } = task.asked
      task.phase = 'active'
      void this.#doing(task, () => this.#afterAsking(task, own))
    } else this.#readyIfDue(task)
  }

  /** Lets tasks join that a function asked for, where the journal left them. */
  #adopt({ tasks, settled }: PutBack): void {
    this.#parts.onSpawned(tasks)
    for (const task of tasks) this.#tasks.push(task)
    for (const task of settled) this.#order.push(task)
    for (const task of tasks) this.#begin(task)
  }

  #readyIfDue(task: RunTask): void {
    if (task.phase !== 'waiting' || this.#stopping) return
    if (task.place.standby && !task.called) return
    if (task.pending > 0) {
      if (task.place.agent) this.#goAheadIfDue(task)
      return
    }
    this.#ahead.leave(task)
    const isReleased = task.isReleased || (this.#released && !task.asker)
    if (task.place.class === 'mutation' && !isReleased) {
      task.phase = 'held'
      return
    }
    task.phase = 'active'
    void this.#doing(task, () => this.#work(task))
  }

  /** One of another agent's may be asked for before what it awaits is settled, where that is another agent's, too. */
  #goAheadIfDue(task: RunTask): void {
    if (!this.#ahead.mayGo(task, this.#tasks, { isReleased: this.#released, hasFailed: this.#failed !== undefined }))
      return
    task.phase = 'active'
    void this.#doing(task, () => this.#work(task))
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
      if (!(fault instanceof Stopped)) this.#onFault(fault)
    } finally {
      this.#active -= 1
      if (task) this.#ahead.done(task)
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
    const settled = (mayBeKnown && (await this.#lookUp(task))) || (await work(task, this.#context, mayBeKnown))
    if (settled === 'unknown') task.phase = 'unknown'
    else if (settled === 'later') this.#waitForValues(task)
    else await this.#afterWork(task, settled)
  }

  /** It cannot be asked for with promises in place. */
  #waitForValues(task: RunTask): void {
    task.phase = 'waiting'
    task.waitsForValues = true
    task.sent = undefined
    if (this.#ahead.done(task)) task.isReleased = false
    this.#readyIfDue(task)
  }

  async #afterWork(task: RunTask, settled: TaskSettled): Promise<void> {
    if (settled.how === 'failed') await this.#afterFailure(task, settled)
    else if (task.place.class === 'pure' && !task.place.agent && asksFor(settled))
      await this.#afterAsking(task, settled)
    else this.#settle(task, settled)
  }

  /** The tasks that its function asked for join the run; where one goes on in its place, it is settled as that is. */
  async #afterAsking(task: RunTask, own: TaskSettled): Promise<void> {
    const refused = task.asked ? undefined : await ask(task, own, this.#context)
    const settled = refused ?? (await joined(task, own, this.#context))
    if (settled.how === 'failed') await this.#afterFailure(task, settled)
    else this.#settle(task, settled)
  }

  /** A failure that no branch handles goes to the workflow's handler first: what it says is what the others await. */
  async #afterFailure(task: RunTask, failure: TaskSettled): Promise<void> {
    const handler = this.#parts.workflow.catch
    task.settled = failure
    if (task.place.handled || task.isBoundCrossed || !handler) return this.#settle(task, failure)
    task.phase = 'active'
    const settled = await handled(task, failure, handler, {
      ...this.#context,
      taskOf: label => this.#byLabel.get(label),
      call: other => this.#call(other),
    })
    await this.#record(task, settled, { change: {} })
    this.#settle(task, settled)
  }

  #settle(task: RunTask, settled: TaskSettled): void {
    task.settle(settled)
    this.#order.push(task)
    if (task.isUnhandled) this.#failed ??= task
    for (const other of task.dependents) {
      other.pending -= 1
      this.#readyIfDue(other)
    }
    for (const other of this.#ahead.waiting()) this.#readyIfDue(other)
  }

  /** Calls upon a task on standby, and upon those that it awaits. */
  #call(task: RunTask): void {
    const wanted = new Set([task])
    for (const next of wanted) {
      next.called = true
      for (const awaited of next.awaits) if (awaited.place.standby) wanted.add(awaited)
    }
    for (const next of wanted) this.#readyIfDue(next)
  }

  /** Waits for another task of this run, which is no work of its own. */
  async #whenSettled(task: RunTask): Promise<TaskSettled> {
    if (task.phase === 'settled' && task.settled) return task.settled
    this.#active -= 1
    queueMicrotask(() => this.#advance())
    // At once, so that no step is taken between the end of that task and what is made of it here.
    return task.whenSettled(this.#stop.signal, () => {
      this.#active += 1
    })
  }

  #record(task: RunTask, settled: TaskSettled, written: Written): Promise<void> {
    return record(this.#journal, task, settled, written)
  }

  /** Faults of the journal reach the run by `onFault`. */
  #write(event: Exclude<JournalEvent, { type: 'settled' }>): Promise<void> {
    return this.#journal.write(event).catch(() => {})
  }

  #advance(): void {
    if (this.#active > this.#ahead.size || this.#isOver) return
    if (this.#active > 0) this.#release()
    else
      void this.#doing(undefined, async () => {
        if (this.#stopping) await this.#finishStopping(this.#stopping)
        else await this.#take(nextStep(this.#tasks, this.#order, this.#released, this.#failed))
      })
  }

  /** What goes on was sent ahead of the release, which is all that can come now. */
  #release(): void {
    const step = this.#stopping || this.#released ? undefined : releaseStep(this.#tasks, this.#order)
    if (step) void this.#doing(undefined, () => this.#take(step))
  }

  async #take(step: Step): Promise<void> {
    switch (step.type) {
      case 'release':
        // On the disk are then, too, all results on which it rests.
        await this.#write({ type: 'released' })
        this.#released = true
        for (const task of step.tasks) {
          task.phase = 'waiting'
          task.isReleased = true
          this.#readyIfDue(task)
        }
        return
      case 'withdraw':
        for (const task of step.tasks) await this.#close(task, withdrawn(step.by))
        return
      case 'compensate':
        return this.#call(step.task)
      case 'letGo':
        for (const task of step.tasks) await this.#close(task, notNeeded)
        return
      case 'unknown':
        this.#isEnding = true
        await this.#write({ type: 'parked' })
        return this.#finish('unknown')
      case 'end': {
        const end = this.#failed ? 'failed' : 'ok'
        this.#isEnding = true
        await this.#write({ type: 'ended', end })
        return this.#finish(end)
      }
    }
  }

  /** Settles a task that does not run. */
  async #close(task: RunTask, failure: { readonly name: string; readonly message: string }): Promise<void> {
    const { receipt, stored } = await notStarted(task, this.#context, failure, false)
    const settled = { receipt, lasting: false, how: settlement(receipt, false), milliseconds: 0 }
    this.#record(task, settled, { after: stored }).catch(() => {})
    this.#settle(task, settled)
  }

  async #finishStopping(kind: StopKind): Promise<void> {
    if (this.#fault) return this.#finish('halted')
    if (kind === 'cancel') await this.#write({ type: 'ended', end: 'cancelled' })
    if (kind === 'suspend') await this.#write({ type: 'suspended' })
    // Who goes on with it has to find all that was written.
    if (kind === 'halt') await this.#journal.durable().catch(() => {})
    this.#finish(({ cancel: 'cancelled', suspend: 'suspended', halt: 'halted' } as const)[kind])
  }

  #finish(how: RunStop): void {
    this.#isOver = true
    if (this.#fault) this.#done.reject(this.#fault.reason)
    else this.#done.resolve(how)
  }

  #onFault(reason: unknown): void {
    this.#fault ??= { reason }
    this.stop('halt')
    // Nothing can be written: it is not waited for.
    if (!this.#isOver) this.#finish('halted')
  }
}
