import { cidKey, error, ok, type CID, type Failure, type GetBlock, type Result } from '@ipvm/ipld'
import { promisesIn, type Receipt } from '@ipvm/ucan'
import type { NamedTask, TaskConfig } from '@ipvm/workflow'
import type { Report, RunEnd, Settlement, Store } from '@ipvm/store'
import type { Authority } from '../authority/authority.ts'
import type { PureCommand } from '../command/command.ts'
import type { Memo } from '../memo/memo.ts'
import { resolve, type BranchMismatch, type Unresolved } from '../promise/resolve.ts'
import type { World } from '../world/world.ts'
import type { EndedRun, OnEvent, RunEvent, SettledTask } from './event.ts'
import type { Executor } from './executor.ts'

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
  readonly authority: Authority
  /** When the journal has the run; where it cannot be written, the run stops. */
  readonly journaled: Promise<void>
  readonly onEvent: OnEvent
  readonly signal: AbortSignal
}

/** A receipt that other tasks await, and whether it holds beyond this run (design § Asked and resolved names). */
interface Known {
  readonly receipt: Receipt
  readonly lasting: boolean
}

/** How a task was settled. */
interface TaskSettled extends Known {
  readonly how: Settlement
  readonly report?: Report
  readonly stored: Promise<void>
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
  readonly #receipts = new Map<string, PromiseWithResolvers<Known>>()
  readonly #settled = new Map<string, SettledTask>()
  #told: Promise<void> = Promise.resolve()

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#signal = AbortSignal.any([parts.signal, this.#stop.signal])
    this.#getBlock = cid => parts.store.block(cid)
  }

  async done(): Promise<EndedRun> {
    const { run, workflow, tasks, store, world, signal } = this.#parts
    const labels = tasks.map(({ label }) => label)
    this.#tell({ type: 'started', run, workflow, labels }, this.#parts.journaled)
    const byName = Map.groupBy(tasks, ({ name }) => cidKey(name))
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
    const waiting = this.#receipts.get(cidKey(name))
    const since = { began: world.milliseconds() }
    const onRunning = () => {
      for (const { label } of same) this.#tell({ type: 'running', label, task: name })
    }
    try {
      const { receipt, lasting, how, report, stored } = await this.#receipt(planned, since, onRunning)
      waiting?.resolve({ receipt, lasting })
      const milliseconds = world.milliseconds() - since.began
      for (const { label } of same) {
        const record = { label, task: name, how, milliseconds }
        const settled = { ...record, receipt, ...(report && { report }) }
        this.#settled.set(label, settled)
        const taskSettled = { run, task: { ...record, receipt: receipt.cid } }
        this.#tell({ type: 'settled', ...settled }, stored, store.commit({ taskSettled }))
      }
    } catch (fault) {
      waiting?.reject(fault)
      throw fault
    }
  }

  /** Memo first; then what it awaits; then, if the submitter may have it done, the executor. `since` is set when the waiting is over. */
  async #receipt(planned: PlannedTask, since: { began: number }, onRunning: () => void): Promise<TaskSettled> {
    const { memo, executor, authority, world } = this.#parts
    const { name, task, command, config } = planned
    // Others may be held to terms on the arguments; those are known only when the promises are settled.
    const known = authority.isOwn ? await memo.find(name, command.profile) : undefined
    if (known) return { receipt: known, lasting: true, stored: Promise.resolve(), how: settlement(known, true) }
    const awaited = await this.#awaited(planned)
    since.began = world.milliseconds()
    if ('error' in awaited) return this.#conclude(planned, awaited.error, false)
    const lasting = [...awaited.ok.values()].every(({ receipt, lasting }) => lasting && receipt.exp === null)
    const receipts = new Map([...awaited.ok].map(([key, { receipt }]) => [key, receipt]))
    const resolved = await resolve(task.args, receipts, this.#getBlock)
    if ('error' in resolved) return this.#conclude(planned, resolved.error, lasting)
    const { args, from } = resolved.ok
    const refusal = await authority.refuses(task.cmd, args)
    if (refusal) return this.#conclude(planned, refusal, false)
    const ready = { asked: name, task: { ...task, args }, from, config, lasting }
    const { reused, ...issued } = await executor.settle(ready, command, this.#signal, onRunning)
    return { ...issued, lasting, how: settlement(issued.receipt, reused) }
  }

  /** The receipts of what a task awaits: of this workflow's tasks, or of others that are known here. */
  async #awaited({ task, command }: PlannedTask): Promise<Result<ReadonlyMap<string, Known>, UnknownTask>> {
    const awaited = new Map<string, Known>()
    for (const { target } of promisesIn(task.args)) {
      const known = (await this.#known(target, command)) ?? (await this.#knownByAlias(target, command))
      if (!known) return error(unknownTask(target))
      awaited.set(cidKey(target), known)
    }
    return ok(awaited)
  }

  async #known(target: CID, { profile }: PureCommand): Promise<Known | undefined> {
    const here = this.#receipts.get(cidKey(target))
    if (here) return here.promise
    // What others had done is no business of those who may not read it, not even whether it is there.
    if (!(await this.#parts.authority.mayRead(target))) return undefined
    const receipt = await this.#parts.memo.find(target, profile)
    return receipt && { receipt, lasting: true }
  }

  /** Promises may also name a task by another spelling of it. */
  async #knownByAlias(target: CID, command: PureCommand): Promise<Known | undefined> {
    const name = await this.#parts.store.aliased(target)
    return name && this.#known(name, command)
  }

  /** Settles a task that could not start. For good only where the branch that it awaits is closed for good. */
  async #conclude({ name, command }: PlannedTask, failure: Unresolved, lasting: boolean): Promise<TaskSettled> {
    const { executor } = this.#parts
    const { name: kind, message } = failure
    const { out, from } = isMismatch(failure)
      ? {
          out: { name: kind, message, expected: failure.expected, got: failure.got, from: failure.from.cid },
          from: [failure.from.cid],
        }
      : { out: { name: kind, message }, from: [] }
    const permanent = lasting && isMismatch(failure)
    const issued = await executor.conclude(name, { error: out }, from, command.profile, permanent)
    return { ...issued, lasting, how: settlement(issued.receipt, false) }
  }

  /** A failure that some task of this workflow awaits is handled; one that nobody awaits fails the run. */
  #end(): RunEnd {
    const handled = new Set<string>()
    for (const { task } of this.#parts.tasks) {
      for (const { branch, target } of promisesIn(task.args)) if (branch !== 'ok') handled.add(cidKey(target))
    }
    const unhandled = [...this.#settled.values()].some(
      ({ how, task }) => how === 'failed' && !handled.has(cidKey(task)),
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

function isMismatch(failure: Unresolved): failure is BranchMismatch {
  return failure.name === 'BranchMismatch'
}

function settlement({ out }: Receipt, reused: boolean): Settlement {
  if ('error' in out) return out.error.name === 'BranchMismatch' ? 'skipped' : 'failed'
  return reused ? 'reused' : 'ran'
}

function promisedReceipt(): PromiseWithResolvers<Known> {
  const waiting = Promise.withResolvers<Known>()
  // A fault reaches the run by the task itself; those that await it need not report it again.
  waiting.promise.catch(() => {})
  return waiting
}
