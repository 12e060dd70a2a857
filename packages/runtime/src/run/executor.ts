import { blockOf, readFile, type Block, type CID, type GetBlock } from '@ipvm/ipld'
import { issueReceipt, taskName, taskValue, type Command, type Outcome, type Receipt, type Task } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import type { TaskConfig } from '@ipvm/workflow'
import type { Store } from '@ipvm/store'
import type { PureCommand } from '../command/command.ts'
import { impermanentSeconds } from '../limits.ts'
import type { Memo } from '../memo/memo.ts'
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
    const resolved = taskName(ready.task)
    const known = await this.#parts.memo.find(resolved, command.profile)
    if (known) return this.#reused(ready, command.profile, known)
    onRunning()
    const work = (shared: AbortSignal) => this.#run(ready, resolved, command, shared)
    const { value: issued, began } = await this.#inFlight.join(`${resolved} ${command.profile}`, signal, work)
    if (began) return { ...issued, reused: false }
    // Another run's quota or bad luck is no fact about this run.
    if (issued.receipt.exp !== null) return this.settle(ready, command, signal, () => {})
    return this.#reused(ready, command.profile, issued.receipt)
  }

  /** Issues and stores the receipt of a task that ended without a run of its own. */
  async conclude(asked: CID, out: Outcome, from: readonly CID[], profile: string, permanent: boolean): Promise<Issued> {
    return this.#issue({ asked, resolved: asked, from, profile, out, permanent, lasting: true, blocks: [] })
  }

  async #run(ready: ReadyTask, resolved: CID, command: PureCommand, signal: AbortSignal): Promise<Issued> {
    const { asked, task, from, config, lasting } = ready
    const { profile } = command
    const loadFile = (cid: CID) => readFile(cid, this.#getBlock)
    const work = () => command.run(task.args, { config, task: resolved, signal, loadFile })
    const { out, permanent } = await this.#slotsOf(command).hold(signal, work)
    signal.throwIfAborted()
    const blocks = resolved.equals(asked) ? [] : [blockOf(taskValue(task))]
    return this.#issue({ asked, resolved, from, profile, out, permanent, lasting, blocks })
  }

  /** A task takes its place before it loads its arguments: what waits in line takes no memory. */
  #slotsOf(command: PureCommand): Slots {
    const slots = this.#slots.get(command) ?? new Slots(command.parallel)
    this.#slots.set(command, slots)
    return slots
  }

  async #issue({ asked, resolved, from, profile, out, permanent, lasting, blocks }: Conclusion): Promise<Issued> {
    const { store, signer, world, memo } = this.#parts
    const spilled = spill(out)
    const exp = permanent ? null : world.now() + impermanentSeconds
    const as = resolved.equals(asked) ? {} : { as: resolved }
    const receipt = await issueReceipt({ ran: asked, ...as, from, out: spilled.out, profile, exp }, signer)
    const names = resolved.equals(asked) || !lasting ? [resolved] : [asked, resolved]
    const results = permanent ? names.map(name => ({ name, profile, receipt: receipt.cid })) : []
    const stored = store.commit({ blocks: [...blocks, ...spilled.blocks], receipts: [receipt], results })
    memo.remember(receipt)
    return { receipt, stored }
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
  readonly out: Outcome
  readonly permanent: boolean
  readonly lasting: boolean
  /** What is stored with the receipt. */
  readonly blocks: readonly Block[]
}
