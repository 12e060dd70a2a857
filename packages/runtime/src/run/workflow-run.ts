import { error, ok, type CID, type Failure, type GetBlock, type Result } from '@ipvm/ipld'
import { promisesIn, type Receipt } from '@ipvm/ucan'
import type { NamedTask, TaskConfig } from '@ipvm/workflow'
import type { RunEnd, Settlement, Store } from '@ipvm/store'
import type { PureCommand } from '../command/command.ts'
import type { Memo } from '../memo/memo.ts'
import { resolve, type BranchMismatch } from '../promise/resolve.ts'
import type { World } from '../world/world.ts'
import type { EndedRun, OnEvent, RunEvent, SettledTask } from './event.ts'
import type { Executor, Issued } from './executor.ts'

/** One task of a run, with all that is known of it before it starts. */
export interface PlannedTask extends NamedTask {
  readonly command: PureCommand
  readonly config: TaskConfig
}

/** What a run is made of. */
export interface RunParts {
  readonly run: CID
  readonly workflow: CID
  readonly tasks: readonly PlannedTask[]
  readonly store: Store
  readonly world: World
  readonly memo: Memo
  readonly executor: Executor
  readonly onEvent: OnEvent
  readonly signal: AbortSignal
}

/**
 * Runs one workflow: dataflow without barriers, a task starts when what it awaits is settled (design § Run a workflow).
 * Rejects only on a fault of the host, such as a full disk; a task that fails fails what awaits it, nothing else.
 */
export async function runWorkflow(parts: RunParts): Promise<EndedRun> {
  return new WorkflowRun(parts).done()
}

class WorkflowRun {
  readonly #parts: RunParts
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #getBlock: GetBlock
  /** What settles each task that is of this workflow, by name. */
  readonly #receipts = new Map<string, PromiseWithResolvers<Receipt>>()
  readonly #settled = new Map<string, SettledTask>()
  #told: Promise<void> = Promise.resolve()

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#signal = AbortSignal.any([parts.signal, this.#stop.signal])
    this.#getBlock = cid => parts.store.block(cid)
  }

  async done(): Promise<EndedRun> {
    const { run, workflow, tasks, store, world, signal } = this.#parts
    this.#tell({ type: 'started', run, workflow, labels: tasks.map(({ label }) => label) })
    const byName = Map.groupBy(tasks, ({ name }) => name.toString())
    for (const name of byName.keys()) this.#receipts.set(name, promisedReceipt())
    const settling = [...byName.values()].map(same => this.#settle(same))
    const outcomes = await Promise.allSettled(settling.map(work => work.catch(fault => this.#stopAll(fault))))
    const fault = outcomes.find(outcome => outcome.status === 'rejected')
    if (fault && !signal.aborted) throw fault.reason
    const end = signal.aborted ? 'cancelled' : this.#end()
    this.#tell({ type: 'ended', end }, store.commit({ runEnded: { run, at: world.now(), end } }))
    await this.#told
    return { run, workflow, end, tasks: this.#settled }
  }

  /** Tells of events one by one, and of what was written only once it is on the disk; the run goes on meanwhile. */
  #tell(event: RunEvent, ...writes: readonly Promise<void>[]): void {
    this.#told = Promise.all([this.#told, ...writes]).then(() => this.#parts.onEvent(event))
    this.#told.catch(fault => this.#stop.abort(fault))
  }

  #stopAll(fault: unknown): never {
    this.#stop.abort(fault)
    throw fault
  }

  /** Settles the tasks that bear one name: they are one task under several labels. */
  async #settle(same: readonly PlannedTask[]): Promise<void> {
    const [planned] = same
    if (!planned) return
    const { world, store, run } = this.#parts
    const { name } = planned
    const waiting = this.#receipts.get(name.toString())
    let began = world.milliseconds()
    const onRunning = () => {
      began = world.milliseconds()
      for (const { label } of same) this.#tell({ type: 'running', label, task: name })
    }
    try {
      const { receipt, how, stored } = await this.#receipt(planned, onRunning)
      waiting?.resolve(receipt)
      const milliseconds = world.milliseconds() - began
      for (const { label } of same) {
        const settled = { label, task: name, how, milliseconds, receipt }
        this.#settled.set(label, settled)
        const taskSettled = { run, task: { ...settled, receipt: receipt.cid } }
        this.#tell({ type: 'settled', ...settled }, stored, store.commit({ taskSettled }))
      }
    } catch (fault) {
      waiting?.reject(fault)
      throw fault
    }
  }

  /** Memo first; then what it awaits; then the executor. */
  async #receipt(planned: PlannedTask, onRunning: () => void): Promise<Issued & { readonly how: Settlement }> {
    const { memo, executor } = this.#parts
    const { name, task, command, config } = planned
    const known = await memo.find(name, command.profile)
    if (known) return { receipt: known, stored: Promise.resolve(), how: settlement(known, true) }
    const awaited = await this.#awaited(planned)
    const resolved = 'error' in awaited ? awaited : await resolve(task.args, awaited.ok, this.#getBlock)
    if ('error' in resolved) {
      const issued = await this.#conclude(name, command, resolved.error)
      return { ...issued, how: settlement(issued.receipt, false) }
    }
    const { args, from } = resolved.ok
    const ready = { asked: name, task: { ...task, args }, from, config }
    const { reused, ...issued } = await executor.settle(ready, command, this.#signal, onRunning)
    return { ...issued, how: settlement(issued.receipt, reused) }
  }

  /** The receipts of what a task awaits: of this workflow's tasks, or of others that are known here. */
  async #awaited({ task, command }: PlannedTask): Promise<Result<ReadonlyMap<string, Receipt>, UnknownTask>> {
    const receipts = new Map<string, Receipt>()
    for (const { target } of promisesIn(task.args)) {
      const key = target.toString()
      const receipt = (await this.#receipts.get(key)?.promise) ?? (await this.#parts.memo.find(target, command.profile))
      if (!receipt) return error(unknownTask(target))
      receipts.set(key, receipt)
    }
    return ok(receipts)
  }

  /** The receipt of a task that could not start. It is permanent where the branch that it awaits is closed for good. */
  async #conclude(name: CID, command: PureCommand, failure: BranchMismatch | Failure): Promise<Issued> {
    const { executor } = this.#parts
    const { name: kind, message } = failure
    if (!isMismatch(failure)) {
      return executor.conclude(name, { error: { name: kind, message } }, [], command.profile, false)
    }
    const { expected, got, from } = failure
    const out = { error: { name: kind, message, expected, got, from: from.cid } }
    return executor.conclude(name, out, [from.cid], command.profile, from.exp === null)
  }

  /** A failure that some task of this workflow awaits is handled; one that nobody awaits fails the run. */
  #end(): RunEnd {
    const handled = new Set<string>()
    for (const { task } of this.#parts.tasks) {
      for (const { branch, target } of promisesIn(task.args)) if (branch !== 'ok') handled.add(target.toString())
    }
    const unhandled = [...this.#settled.values()].some(
      ({ how, task }) => how === 'failed' && !handled.has(task.toString()),
    )
    return unhandled ? 'failed' : 'ok'
  }
}

/** A promise names a task that nobody here has run. */
interface UnknownTask extends Failure {
  readonly name: 'UnknownTask'
}

function unknownTask(target: CID): UnknownTask {
  const message = `it awaits ${target}, a task of no workflow that ran here; run that workflow first`
  return { name: 'UnknownTask', message }
}

function isMismatch(failure: BranchMismatch | Failure): failure is BranchMismatch {
  return failure.name === 'BranchMismatch'
}

function settlement({ out }: Receipt, reused: boolean): Settlement {
  if ('error' in out) return out.error.name === 'BranchMismatch' ? 'skipped' : 'failed'
  return reused ? 'reused' : 'ran'
}

function promisedReceipt(): PromiseWithResolvers<Receipt> {
  const waiting = Promise.withResolvers<Receipt>()
  // A fault reaches the run by the task itself; those that await it need not report it again.
  waiting.promise.catch(() => {})
  return waiting
}
