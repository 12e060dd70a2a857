import {
  asValue,
  blockOf,
  cidKey,
  error,
  limits as ipld,
  ok,
  setKey,
  type CID,
  type Failure,
  type Result,
  type Value,
} from '@ipvm/ipld'
import { isLink, mapPromises, promisesIn, taskValue, type Outcome } from '@ipvm/ucan'
import type { PlacedTask } from '@ipvm/workflow'
import { readArguments } from '../effect/arguments.ts'
import type { Event } from '../event/document.ts'
import { knownAnswerBytesMax, knownAnswersMax, promisesPutInMax } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'
import type { Executor } from '../engine/executor.ts'
import { unspill } from '../outcome/spill.ts'
import { placedWorkflow } from '../submission/check.ts'

/** What the task gave that answers. */
export interface Answered {
  readonly out: Outcome
  /** Whether it is the same for every event of the same data, for ever. */
  readonly lasting: boolean
}

/** Something else than pure functions of the event is behind the answer: it takes a run. */
export interface NotPure extends Failure {
  readonly name: 'NotPure'
}

/** What a task is given that nothing ends early. */
const never = new AbortController().signal

/** The command that gives a run its event. */
const eventCommand = '/event/get'

interface Plan {
  /** Those that the answer needs, each after those that it awaits; the last one answers. */
  readonly tasks: readonly PlannedTask[]
}

interface PlannedTask {
  readonly place: PlacedTask
  readonly key: string
  readonly hasPromises: boolean
  /** What it reads of the event, where it is that. */
  readonly told?: (event: Event) => Promise<Answered>
}

/**
 * Answers from pure functions of an event, without a run: nothing is written down before the answer, and nothing is lost
 * but an answer that nobody got. The functions leave receipts as in any run, and are reused by those.
 */
export class Answers {
  readonly #engine: Engine
  readonly #executor: Executor
  readonly #plans = new Map<string, Result<Plan, Failure>>()
  /** What is known of resolved tasks, the oldest first. */
  readonly #known = new Map<string, Outcome>()

  constructor(engine: Engine, executor: Executor) {
    this.#engine = engine
    this.#executor = executor
  }

  /** What the task of a label gives for an event. Failures: `NotPure`, and what keeps the workflow from being read. */
  async answer(
    workflow: CID,
    label: string,
    event: Event,
    signal: () => AbortSignal,
  ): Promise<Result<Answered, Failure>> {
    const planned = await this.#plan(workflow, label)
    if ('error' in planned) return planned
    const outcomes = new Map<string, Outcome>()
    let [last, lasting]: [Outcome, boolean] = [{ ok: null }, true]
    for (const task of planned.ok.tasks) {
      const answered = await this.#outcome(task, outcomes, event, signal)
      if ('error' in answered) return answered
      outcomes.set(task.key, answered.ok.out)
      last = answered.ok.out
      lasting &&= answered.ok.lasting
    }
    return ok({ out: last, lasting })
  }

  async #plan(workflow: CID, label: string): Promise<Result<Plan, Failure>> {
    const key = `${cidKey(workflow)} ${label}`
    const known = this.#plans.get(key)
    if (known) return known
    const read = await placedWorkflow(workflow, this.#engine)
    if ('error' in read) return read
    const chosen = read.ok.workflow.catch ? notPure('it has a handler') : plan(read.ok.layout.tasks, label)
    const planned =
      'ok' in chosen ? ok({ tasks: await Promise.all(chosen.ok.map(place => this.#task(place))) }) : chosen
    if (this.#plans.size >= knownAnswersMax) this.#plans.clear()
    this.#plans.set(key, planned)
    return planned
  }

  async #task(place: PlacedTask): Promise<PlannedTask> {
    const task = { place, key: cidKey(place.name), hasPromises: promisesIn(place.task.args).length > 0 }
    const effect = this.#engine.effects.get(place.task.cmd)
    if (!effect) return task
    const read = await readArguments(effect, place.task.args)
    const { store } = this.#engine
    const context = {
      key: '',
      run: place.name,
      task: place.name,
      attempt: 1,
      config: place.config,
      store,
      signal: never,
    }
    const loadFile = async () => error({ name: 'NoFile', message: 'an event brings no files' })
    const lasting = /^\.data(?![a-zA-Z0-9$_-])/.test(String(place.task.args.select))
    const told = async (event: Event): Promise<Answered> => {
      if ('error' in read) return { out: { error: { ...read.error } }, lasting: true }
      const given = await effect.run(read.ok, { ...context, loadFile, event: async () => ok(event) })
      return { out: 'ok' in given ? { ok: given.ok } : { error: given.error }, lasting }
    }
    return { ...task, told }
  }

  async #outcome(
    { place, hasPromises, told }: PlannedTask,
    outcomes: ReadonlyMap<string, Outcome>,
    event: Event,
    signal: () => AbortSignal,
  ): Promise<Result<Answered, NotPure>> {
    if (told) return ok(await told(event))
    const { cmd, args, nonce } = place.task
    const put = hasPromises ? putIn(args, outcomes) : ok(args)
    if ('error' in put) return ok({ out: { error: put.error }, lasting: true })
    const command = this.#engine.commands[cmd]
    if (!command) throw new Error(`${cmd} is a command of this node: the plan says so`)
    const task = { cmd, args: put.ok, nonce }
    const { cid: name, bytes } = blockOf(taskValue(task))
    if (bytes.length > ipld.blockBytesMax) return ok({ out: tooLarge, lasting: true })
    const key = `${cidKey(name)} ${command.profile}`
    const known = this.#known.get(key)
    if (known) return ok({ out: known, lasting: true })
    const ready = { asked: name, task, from: [], depth: 0, config: place.config, lasting: true, secret: false }
    const turn = { of: this, priority: place.config.priority }
    const { receipt } = await this.#executor.settle(ready, command, turn, signal(), () => {})
    // What it asks for is done by a run, or refused there.
    if (receipt.fx) return notPure(`the function of ${place.label} asks for tasks`)
    const out = await unspill(receipt.out, cid => this.#engine.store.block(cid))
    if ('error' in out) return ok({ out: { error: { ...out.error } }, lasting: false })
    const isSmall = receipt.bytes.length <= knownAnswerBytesMax && out.ok === receipt.out
    if (receipt.exp === null && isSmall) this.#keep(key, out.ok)
    return ok({ out: out.ok, lasting: receipt.exp === null })
  }

  #keep(key: string, out: Outcome): void {
    this.#known.set(key, out)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size > knownAnswersMax) this.#known.delete(oldest)
  }
}

/** Those of a workflow's tasks that one of them needs, where all are pure, or read the event. */
function plan(tasks: readonly PlacedTask[], label: string): Result<readonly PlacedTask[], NotPure> {
  const at = tasks.findIndex(task => task.label === label)
  if (at < 0) return notPure(`it has no task "${label}"`)
  const needed = new Set([at])
  for (const place of needed) for (const awaited of tasks[place]?.awaits ?? []) needed.add(awaited)
  const chosen = [...needed].sort((a, b) => a - b).flatMap(place => tasks[place] ?? [])
  // What the answer does not need may do something, too, or have it done.
  const others = tasks.filter(task => task.class === 'mutation' || task.config.fx)
  const outside =
    chosen.find(task => task.agent || (task.class !== 'pure' && task.task.cmd !== eventCommand)) ?? others[0]
  if (outside) return notPure(`its task ${outside.label} is no pure function`)
  const isMore = (task: PlacedTask) =>
    task.secret || task.foreign.length > 0 || task.standby || promisesIn(task.task.args).length > promisesPutInMax
  const special = chosen.find(isMore) ?? chosen.find(task => task.class !== 'pure' && task.awaits.length > 0)
  return special ? notPure(`its task ${special.label} is more than a function of the event`) : ok(chosen)
}

function putIn(
  args: PlacedTask['task']['args'],
  outcomes: ReadonlyMap<string, Outcome>,
): Result<PlacedTask['task']['args'], { name: string; message: string }> {
  let mismatch: string | undefined
  const put: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    const whole = mapPromises(value, isLink, ({ branch, target }) => {
      const outcome = outcomes.get(cidKey(target))
      if (!outcome) throw new Error('a plan has each task after those that it awaits')
      if (branch === '*') return { ...outcome }
      if (branch === 'ok' && 'ok' in outcome) return outcome.ok
      if (branch === 'error' && 'error' in outcome) return { ...outcome.error }
      mismatch ??=
        'ok' in outcome ? 'what it awaits the error of succeeded' : `what it awaits failed: ${outcome.error.name}`
      return null
    })
    setKey(put, key, whole)
  }
  if (mismatch !== undefined) return error({ name: 'BranchMismatch', message: `not run: ${mismatch}` })
  const [left] = promisesIn(put)
  if (left) return error({ name: 'PromiseInArguments', message: 'what was put into its arguments reads as a promise' })
  const fits = asValue(put, ipld.valueDepthMax)
  return 'ok' in fits ? ok(put) : error({ name: 'ArgumentsTooLarge', message: `its arguments: ${fits.error.message}` })
}

const tooLarge: Outcome = {
  error: { name: 'ArgumentsTooLarge', message: `its arguments have more than ${ipld.blockBytesMax} bytes` },
}

function notPure(problem: string): { readonly error: NotPure } {
  return error({ name: 'NotPure', message: `the answer takes a run: ${problem}` })
}
