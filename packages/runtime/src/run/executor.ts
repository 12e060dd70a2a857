import { blockOf, cidKey, readFile, type Block, type CID, type GetBlock } from '@ipvm/ipld'
import { issueReceipt, taskName, taskValue, type Command, type Outcome, type Receipt, type Task } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import type { TaskConfig } from '@ipvm/workflow'
import type { Report, Store } from '@ipvm/store'
import type { PureCommand } from '../command/command.ts'
import { impermanentSeconds } from '../limits.ts'
import type { Memo } from '../memo/memo.ts'
import { kept, type Kept } from '../outcome/report.ts'
import { spill } from '../outcome/spill.ts'
import type { World } from '../world/world.ts'
import { InFlight } from './in-flight.ts'
import { Slots } from './slots.ts'

/** A task whose promises were replaced by values, and the name under which it was asked for. */
export interface ReadyTask {
  readonly asked: CID
  readonly task: Task
  readonly from: readonly CID[]
  readonly config: TaskConfig
  /** Whether all that it awaits is a property of its task, too; else the asked name holds for this run alone. */
  readonly lasting: boolean
}

/** A receipt, and when it is on the disk. What awaits a pure result need not wait for that. */
export interface Issued {
  readonly receipt: Receipt
  readonly stored: Promise<void>
  /** What the run behind it used, where there was one. */
  readonly report?: Report
}

/** A receipt, and whether it was made now or known before. */
export interface Settled extends Issued {
  readonly reused: boolean
}

/** What an executor is made of. */
export interface ExecutorParts {
  readonly store: Store
  readonly signer: Signer
  readonly world: World
  readonly memo: Memo
  readonly commands: Readonly<Record<Command, PureCommand>>
}

/** Settles ready tasks for all runs of a node: memo, then whoever is at it already, then a run of its own. */
export class Executor {
  readonly #parts: ExecutorParts
  readonly #getBlock: GetBlock
  readonly #inFlight = new InFlight<Issued>()
  readonly #slots = new Map<PureCommand, Slots>()

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    this.#getBlock = cid => parts.store.block(cid)
  }

  /** The command's implementation, where this node has it. */
  command(cmd: Command): PureCommand | undefined {
    return Object.hasOwn(this.#parts.commands, cmd) ? this.#parts.commands[cmd] : undefined
  }

  /** The receipt of a ready task. `onRunning` is told when nobody knew the result. Rejects only on abort or a fault. */
  async settle(ready: ReadyTask, command: PureCommand, signal: AbortSignal, onRunning: () => void): Promise<Settled> {
    // Nothing was put in: it is the task that was asked for.
    const resolved = ready.from.length === 0 ? ready.asked : taskName(ready.task)
    const known = await this.#parts.memo.find(resolved, command.profile)
    if (known) return this.#reused(ready, command.profile, known)
    onRunning()
    const work = (shared: AbortSignal) => this.#run(ready, resolved, command, shared)
    const { value: issued, began } = await this.#inFlight.join(`${cidKey(resolved)} ${command.profile}`, signal, work)
    if (began) return { ...issued, reused: false }
    // Another run's quota or bad luck is no fact about this run.
    if (issued.receipt.exp !== null) return this.settle(ready, command, signal, () => {})
    return this.#reused(ready, command.profile, issued.receipt)
  }

  /** Issues and stores the receipt of a task that ended without a run of its own. */
  async conclude(asked: CID, out: Outcome, from: readonly CID[], profile: string, permanent: boolean): Promise<Issued> {
    const names = { asked, resolved: asked, from, profile, lasting: true }
    return this.#issue({ ...names, kept: { ...spill(out), permanent }, blocks: [] })
  }

  async #run(ready: ReadyTask, resolved: CID, command: PureCommand, signal: AbortSignal): Promise<Issued> {
    const { asked, task, from, config, lasting } = ready
    const { profile } = command
    const loadFile = (cid: CID) => readFile(cid, this.#getBlock)
    const work = () => command.run(task.args, { config, task: resolved, signal, loadFile })
    const execution = await this.#slotsOf(command).hold(signal, work)
    signal.throwIfAborted()
    const blocks = resolved.equals(asked) ? [] : [blockOf(taskValue(task))]
    return this.#issue({ asked, resolved, from, profile, lasting, kept: kept(execution, config), blocks })
  }

  /** A task takes its place before it loads its arguments: what waits in line takes no memory. */
  #slotsOf(command: PureCommand): Slots {
    const slots = this.#slots.get(command) ?? new Slots(command.parallel)
    this.#slots.set(command, slots)
    return slots
  }

  async #issue({ asked, resolved, from, profile, lasting, kept, blocks }: Conclusion): Promise<Issued> {
    const { store, signer, world, memo } = this.#parts
    const { out, permanent, report } = kept
    const exp = permanent ? null : world.now() + impermanentSeconds
    const as = resolved.equals(asked) ? {} : { as: resolved }
    const gas = report && { gas: report.used.gas }
    const receipt = await issueReceipt({ ran: asked, ...as, from, out, profile, ...gas, exp }, signer)
    const names = resolved.equals(asked) || !lasting ? [resolved] : [asked, resolved]
    const results = permanent ? names.map(name => ({ name, profile, receipt: receipt.cid })) : []
    const reports = report ? [{ receipt: receipt.cid, ...report }] : []
    const stored = store.commit({ blocks: [...blocks, ...kept.blocks], receipts: [receipt], results, reports })
    memo.remember(receipt)
    return { receipt, stored, ...(report && { report }) }
  }

  /** A known receipt settles the name that was asked for, too; the next time it is found by that name. */
  #reused({ asked, lasting }: ReadyTask, profile: string, receipt: Receipt): Settled {
    const results = lasting ? [{ name: asked, profile, receipt: receipt.cid }] : []
    return { receipt, stored: this.#parts.store.commit({ results }), reused: true }
  }
}

interface Conclusion {
  readonly asked: CID
  readonly resolved: CID
  readonly from: readonly CID[]
  readonly profile: string
  readonly kept: Kept
  readonly lasting: boolean
  /** What is stored with the receipt. */
  readonly blocks: readonly Block[]
}
