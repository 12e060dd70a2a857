import { blockOf, cidKey, readFile, type CID, type GetBlock, type ValueMap } from '@ipvm/ipld'
import { taskName, taskValue, type Receipt, type Task } from '@ipvm/ucan'
import type { TaskConfig } from '@ipvm/workflow'
import type { Execution, PureCommand } from '../command/command.ts'
import { firstOf } from '../others/first-of.ts'
import { issue, profileOf, type Issued } from '../outcome/issue.ts'
import type { Engine } from './engine.ts'
import { InFlight } from './in-flight.ts'
import type { Turn } from './lanes.ts'
import { pauseBefore, retriesExhausted } from './retry.ts'

/** A task whose promises were replaced by values, and the name under which it was asked for. */
export interface ReadyTask {
  readonly asked: CID
  /** The name under which an invocation of its own asked for it. */
  readonly ran?: CID
  readonly task: Task
  /** Its arguments with secrets opened, where there are any. */
  readonly opened?: ValueMap
  readonly from: readonly CID[]
  /** How many events led to the run that asked first, one by the other. */
  readonly depth: number
  readonly config: TaskConfig
  /** Whether all that it awaits is a property of its task, too; else the asked name holds for this run alone. */
  readonly lasting: boolean
  /** Whether a secret goes into it. */
  readonly secret: boolean
  /** Whether the store knows nothing by its asked name: that was just looked for. */
  readonly isUnknown?: boolean
}

/** A receipt, and whether it was made now or known before. */
export interface Settled extends Issued {
  readonly reused: boolean
}

/** What a task came to: by a run here, or as others had done it. */
interface Done extends Issued {
  readonly isOthers?: boolean
}

/**
 * Settles ready pure tasks for all runs of a node: memo, then whoever is at it already, then a run of its own, unless
 * other nodes have the result sooner.
 */
export class Executor {
  readonly #engine: Engine
  readonly #getBlock: GetBlock
  readonly #inFlight = new InFlight<Done>()

  constructor(engine: Engine) {
    this.#engine = engine
    this.#getBlock = cid => engine.store.block(cid)
  }

  /** The receipt of a ready task. `onRunning` is told when nobody knew the result. Rejects only on abort or a fault. */
  async settle(
    ready: ReadyTask,
    command: PureCommand,
    turn: Turn,
    signal: AbortSignal,
    onRunning: () => void,
  ): Promise<Settled> {
    // Nothing was put in: it is the task that was asked for.
    const resolved = ready.from.length === 0 ? ready.asked : taskName(ready.task)
    const isUnknown = ready.isUnknown === true && resolved === ready.asked
    const index = profileOf(command.profile, ready.secret)
    const known = isUnknown ? this.#engine.memo.recall(resolved, index) : await this.#find(resolved, index)
    if (known) return this.#reused(ready, index, known)
    onRunning()
    const work = (shared: AbortSignal) => this.#done(ready, resolved, command, turn, shared)
    const { value: issued, began } = await this.#inFlight.join(`${cidKey(resolved)} ${index}`, signal, work)
    if (began && !issued.isOthers) return { ...issued, reused: false }
    // Another run's quota or bad luck is no fact about this run.
    if (issued.receipt.exp !== null) return this.settle({ ...ready, isUnknown: false }, command, turn, signal, () => {})
    return this.#reused(ready, index, issued.receipt)
  }

  async #find(name: CID, profile: string): Promise<Receipt | undefined> {
    const { memo, pace } = this.#engine
    const pause = pace.next()
    if (pause) await pause
    return memo.recall(name, profile) ?? memo.find(name, profile)
  }

  /** Runs it, while others are asked whether they have; nobody is asked about a secret, not even by its name. */
  async #done(ready: ReadyTask, resolved: CID, command: PureCommand, turn: Turn, signal: AbortSignal): Promise<Done> {
    const { others, memo, metrics } = this.#engine
    if (ready.secret || !others?.find) return this.#run(ready, resolved, command, turn, signal)
    const first = await firstOf(
      asking => others.find?.(resolved, command.profile, asking),
      working => this.#run(ready, resolved, command, turn, working),
      signal,
    )
    if ('own' in first) return first.own
    memo.remember(first.others)
    metrics.foundElsewhere += 1
    return { receipt: first.others, stored: Promise.resolve(), isOthers: true }
  }

  async #run(ready: ReadyTask, resolved: CID, command: PureCommand, turn: Turn, signal: AbortSignal): Promise<Issued> {
    const { asked, ran, task, from, config, lasting, secret, depth } = ready
    const { profile } = command
    const done = await this.#execute(ready, resolved, command, turn, signal)
    const told = secret ? withoutEffects(done) : done
    const blocks = resolved.equals(asked) ? [] : [blockOf(taskValue(task))]
    const names = resolved.equals(asked) || !lasting ? [resolved] : [asked, resolved]
    const about = { asked, resolved, from, profile, names, done: told, limits: config, blocks, secret, depth }
    return issue(this.#engine, { ...about, ...(ran && { ran }) })
  }

  /** Runs it, and again where the host failed, as often as its config says. */
  async #execute(
    { task, opened = task.args, config }: ReadyTask,
    resolved: CID,
    command: PureCommand,
    turn: Turn,
    signal: AbortSignal,
  ): Promise<Execution> {
    const { world, metrics } = this.#engine
    const loadFile = (cid: CID) => readFile(cid, this.#getBlock)
    const work = () => command.run(opened, { config, task: resolved, signal, loadFile })
    for (let attempt = 1; ; attempt++) {
      // A task takes its place before it loads its arguments: what waits in line takes no memory.
      const execution = await this.#engine.lane(task.cmd).hold(turn, signal, work)
      signal.throwIfAborted()
      if (!execution.again || 'ok' in execution.out) return execution
      if (attempt >= config.retry.max) return retriesExhausted(execution, attempt)
      metrics.retries += 1
      await pauseBefore(attempt, config.retry, world, signal)
    }
  }

  /** A known receipt settles the name that was asked for, too; the next time it is found by that name. */
  #reused({ asked, lasting }: ReadyTask, profile: string, receipt: Receipt): Settled {
    this.#engine.metrics.memoHits += 1
    const results = lasting ? [{ name: asked, profile, receipt: receipt.cid }] : []
    const stored = results.length > 0 ? this.#engine.commits.commit({ results, canWait: true }) : Promise.resolve()
    stored.catch(() => {})
    return { receipt, stored, reused: true }
  }
}

/** What a secret task asks for would stand in its receipt as it is; it is a fact about this run that it is one. */
function withoutEffects(execution: Execution): Execution {
  const { fx, ...others } = execution
  if (!fx || (fx.fork.length === 0 && !fx.join)) return others
  const message =
    'it asks for effects, and is secret: what it asks for would show the secret; let a task that is none ask'
  return { ...others, out: { error: { name: 'SecretLeak', message } }, permanent: false }
}
