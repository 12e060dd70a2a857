import { blockOf, readFile, type Block, type CID, type GetBlock } from '@ipvm/ipld'
import { issueReceipt, taskName, taskValue, type Command, type Outcome, type Receipt, type Task } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import type { TaskConfig } from '@ipvm/workflow'
import type { Store } from '@ipvm/store'
import type { PureCommand } from '../command/command.ts'
import { errorMessageLengthMax, impermanentSeconds } from '../limits.ts'
import type { Memo } from '../memo/memo.ts'
import { spill } from '../outcome/spill.ts'
import type { World } from '../world/world.ts'
import { InFlight } from './in-flight.ts'

/** A task whose promises were replaced by values, and the name under which it was asked for. */
export interface ReadyTask {
  readonly asked: CID
  readonly task: Task
  readonly from: readonly CID[]
  readonly config: TaskConfig
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
    if (known) return this.#reused(ready.asked, command.profile, known)
    onRunning()
    const work = (shared: AbortSignal) => this.#run(ready, resolved, command, shared)
    const { value: issued, began } = await this.#inFlight.join(`${resolved} ${command.profile}`, signal, work)
    if (began) return { ...issued, reused: false }
    // Another run's quota or bad luck is no fact about this run.
    if (issued.receipt.exp !== null) return this.settle(ready, command, signal, () => {})
    return this.#reused(ready.asked, command.profile, issued.receipt)
  }

  /** Issues and stores the receipt of a task that ended without a run of its own. */
  async conclude(asked: CID, out: Outcome, from: readonly CID[], profile: string, permanent: boolean): Promise<Issued> {
    return this.#issue({ asked, resolved: asked, from, profile, out, permanent, blocks: [] })
  }

  async #run({ asked, task, from, config }: ReadyTask, resolved: CID, command: PureCommand, signal: AbortSignal) {
    const loadFile = (cid: CID) => readFile(cid, this.#getBlock)
    const { out, permanent } = await command.run(task.args, { config, signal, loadFile })
    signal.throwIfAborted()
    const blocks = resolved.equals(asked) ? [] : [blockOf(taskValue(task))]
    return this.#issue({ asked, resolved, from, profile: command.profile, out, permanent, blocks })
  }

  async #issue({ asked, resolved, from, profile, out, permanent, blocks }: Conclusion): Promise<Issued> {
    const { store, signer, world, memo } = this.#parts
    const spilled = spill(bounded(out))
    const exp = permanent ? null : world.now() + impermanentSeconds
    const as = resolved.equals(asked) ? {} : { as: resolved }
    const receipt = await issueReceipt({ ran: asked, ...as, from, out: spilled.out, profile, exp }, signer)
    const names = permanent ? [asked, ...(receipt.as ? [receipt.as] : [])] : []
    const results = names.map(name => ({ name, profile, receipt: receipt.cid }))
    const stored = store.commit({ blocks: [...blocks, ...spilled.blocks], receipts: [receipt], results })
    memo.remember(receipt)
    return { receipt, stored }
  }

  /** A known receipt settles the name that was asked for, too; the next time it is found by that name. */
  #reused(asked: CID, profile: string, receipt: Receipt): Settled {
    const stored = this.#parts.store.commit({ results: [{ name: asked, profile, receipt: receipt.cid }] })
    return { receipt, stored, reused: true }
  }
}

interface Conclusion {
  readonly asked: CID
  readonly resolved: CID
  readonly from: readonly CID[]
  readonly profile: string
  readonly out: Outcome
  readonly permanent: boolean
  /** What is stored with the receipt. */
  readonly blocks: readonly Block[]
}

function bounded(out: Outcome): Outcome {
  if ('ok' in out || out.error.message.length <= errorMessageLengthMax) return out
  return { error: { ...out.error, message: `${out.error.message.slice(0, errorMessageLengthMax)}…` } }
}
