import { ok, type CID, type Failure, type Result, type Unit, type Value } from '@ipvm/ipld'
import { resolvedName, VerifiedTokens, type Command, type Invocation, type Receipt } from '@ipvm/ucan'
import type { Change, Claimed, RunRequest, ScheduleRecord } from '@ipvm/store'
import type { Schedule } from '@ipvm/workflow/schedule'
import type { Plan, Workflow } from '@ipvm/workflow'
import { Answers, type Answered } from './answer/answers.ts'
import type { Bringers } from './authority/bringers.ts'
import type { Event } from './event/document.ts'
import { engineOf } from './engine/engine-of.ts'
import type { Engine } from './engine/engine.ts'
import type { RuntimeSample } from './observe/observer.ts'
import type { EndedRun, RunEvent } from './run/event.ts'
import type { Lane } from './engine/lanes.ts'
import { Followers, type FollowRun } from './runs/follow.ts'
import { hear } from './remote/heard.ts'
import { Runs } from './runs/runs.ts'
import { addSchedule, Schedules } from './schedule/schedules.ts'
import type { RequestFailure } from './runs/requests.ts'
import { commandOf, wholeValue } from './outcome/known.ts'
import { publish } from './outcome/issue.ts'
import type { Begun, OwnRequest, RuntimeParts, Started, StartOptions, SubmitOptions } from './parts.ts'
import { planFor } from './status/plan.ts'
import { runStatus } from './status/run-status.ts'
import { runTimeline } from './status/run-timeline.ts'
import type { RunStatus } from './status/status.ts'
import { Submissions } from './submission/submissions.ts'
import type { Brought } from './submission/brought.ts'
import type { Busy, DiskFull, SubmitFailure } from './submission/failure.ts'
import type { Judged } from './submission/judge.ts'
import { commandsOf } from './submission/place.ts'
import type { Timeline } from './timeline/timeline.ts'

type Submitted = Result<EndedRun, SubmitFailure>

/**
 * Runs workflows for those who may ask for it, on a store whose runs nobody else runs meanwhile. Any number of runs go on at
 * once and share their tasks. A run goes on from where its journal ends; a new one has an empty journal.
 */
export class Runtime {
  readonly #engine: Engine
  readonly #lanes = new Map<string, Lane>()
  readonly #runs: Runs
  readonly #schedules: Schedules
  readonly #answers: Answers
  readonly #followers: Followers
  readonly #submissions: Submissions
  readonly #foreignWrites = new Set<() => void>()
  #isOpen = false

  constructor(parts: RuntimeParts) {
    const { observer, onSchedule = () => {}, verified = new VerifiedTokens() } = parts
    this.#engine = engineOf(parts, this.#lanes)
    this.#runs = new Runs(this.#engine, verified, observer, () => {
      if (this.#isOpen) this.#schedules.look()
      for (const listener of this.#foreignWrites) listener()
    })
    this.#submissions = new Submissions(this.#engine, this.#runs, verified)
    this.#followers = new Followers(this.#engine)
    this.#answers = new Answers(this.#engine, this.#runs.executor)
    this.#schedules = new Schedules(this.#engine, invocation => this.accept(invocation), onSchedule)
  }

  /**
   * Takes the store's runs: goes on with each that has not ended, and with all that come, also from other processes.
   * Failure: `Claimed`, where another process has them.
   */
  async open(): Promise<Result<readonly CID[], Claimed>> {
    const opened = await this.#runs.open()
    if ('error' in opened) return opened
    this.#isOpen = true
    this.#schedules.look()
    return opened
  }

  /** Runs a stored workflow when it is due, while a runtime of this store is open. */
  async schedule(schedule: Schedule): Promise<ScheduleRecord> {
    const record = await addSchedule(schedule, this.#engine)
    if (this.#isOpen) this.#schedules.look()
    return record
  }

  /** Ends a schedule; false where there was none. Its runs stay. */
  async unschedule(schedule: CID): Promise<boolean> {
    const known = (await this.#engine.store.schedule(schedule)) !== undefined
    if (known) await this.#engine.commits.commit({ unscheduled: [schedule] })
    return known
  }

  /**
   * Whether an invocation may be obeyed here; what it asks for is not looked at yet. Failures: those of `validate`, and
   * `InvalidSubject`.
   */
  judge(invocation: Invocation, brought?: Brought): Promise<Result<Judged, SubmitFailure>> {
    return this.#submissions.judge(invocation, brought)
  }

  /**
   * Starts the run that an invocation asks for: of a workflow, or of the one task of another command. Where `canWait`, it
   * need not be written down when it ends.
   */
  start(judged: Judged, options: StartOptions = {}): Promise<Result<Started, SubmitFailure>> {
    return this.#submissions.start(judged, options)
  }

  /**
   * What is known already of a pure task, and may be told to whoever may have it done: nothing is run or written for it.
   */
  known(judged: Judged): Promise<Receipt | undefined> {
    return this.#submissions.known(judged)
  }

  /** Who brought which blocks here, and so may have them used. */
  get bringers(): Bringers {
    return this.#engine.bringers
  }

  /** Takes receipts that came along with a request, as far as they are awaited here and are of whose the tasks are to do. */
  hear(receipts: readonly Uint8Array[], brought: Brought): Promise<void> {
    return hear(receipts, brought, this.#engine)
  }

  /** Calls back when a receipt of a task's name comes, or might have, unless the function that it gives is called before. */
  onReceipt(name: CID, callback: () => void): () => void {
    return this.#engine.arrivals.on(name, callback)
  }

  /** Why no run is taken on now; nothing where one is. */
  refusal(): Busy | DiskFull | undefined {
    return this.#runs.refusal()
  }

  /** All commands that it runs. */
  get commands(): readonly Command[] {
    return commandsOf(this.#engine)
  }

  /** Accepts the run that an invocation asks for: when this resolves it is written down, and on its way. */
  async accept(invocation: Invocation, options: SubmitOptions = {}): Promise<Result<CID, SubmitFailure>> {
    const started = await this.#submissions.submit(invocation, options)
    if ('error' in started) return started
    await started.ok.journaled
    return ok(started.ok.run)
  }

  /**
   * Runs the workflow that an invocation of `/workflow/run` names, until nothing more of it goes on here.
   * Rejects only on a fault of the host (`StoreError`); what was committed before stays, and it can be gone on with.
   */
  async submit(invocation: Invocation, options: SubmitOptions = {}): Promise<Submitted> {
    const started = await this.#submissions.submit(invocation, { ...options, canWait: true })
    return 'error' in started ? started : ok(await started.ok.ended)
  }

  /** Tells of a workflow that was just compiled to the block of this name, so that it need not be read. */
  know(cid: CID, workflow: Workflow): void {
    this.#engine.workflows.keep(cid, workflow)
  }

  /**
   * Runs a stored workflow as this node's own request, which it signs itself.
   * @param request the nonce of the run, another one for each; and what else is said of it, which is no part of its name
   */
  async run(workflow: CID, request: OwnRequest = {}, options: SubmitOptions = {}): Promise<Submitted> {
    const started = await this.#submissions.startOwn(workflow, request, { ...options, canWait: true })
    return 'error' in started ? started : ok(await started.ok.ended)
  }

  /**
   * Accepts a run of this node's own. Resolves when it is written down, together with what `change` gives; the same request once more
   * is `Replayed`, and then nothing is written.
   */
  async begin(
    workflow: CID,
    request: OwnRequest,
    options: SubmitOptions & { readonly change?: (run: CID) => Change } = {},
  ): Promise<Result<Begun, SubmitFailure>> {
    const started = await this.#submissions.startOwn(workflow, request, options)
    if ('error' in started) return started
    await started.ok.journaled
    const { run, ended } = started.ok
    return ok({ run, ended })
  }

  /**
   * What the task of a label gives for an event, without a run, where nothing but pure functions of the event is behind it:
   * then nothing is written down before the answer. What ends it early is asked for where a function has to run. Failures: `NotPure`, and what keeps the workflow from being read.
   */
  answer(workflow: CID, label: string, event: Event, signal: () => AbortSignal): Promise<Result<Answered, Failure>> {
    return this.#answers.answer(workflow, label, event, signal)
  }

  /** A value of a receipt; what is large is in a block of its own. Undefined where that is gone. */
  value(value: Value): Promise<Value | undefined> {
    return wholeValue(value, this.#engine)
  }

  /** The command of the task that a receipt is of, as far as it is known. */
  commandOf(receipt: Receipt): Promise<Command | undefined> {
    return commandOf(receipt, this.#engine)
  }

  /** Tells `listener` when another process may have written to the store, until the function that it gives is called. */
  onForeignWrites(listener: () => void): () => void {
    this.#foreignWrites.add(listener)
    return () => this.#foreignWrites.delete(listener)
  }

  /** Tells `listener` when receipts came to the store, or may have, until the function that it gives is called. */
  onReceipts(listener: () => void): () => void {
    return this.#engine.arrivals.onAny(listener)
  }

  /** A receipt of others came, was verified, and is in the store: who waits for it goes on. */
  arrived(receipt: Receipt): void {
    if (receipt.profile !== undefined) this.#engine.memo.noteRivals(resolvedName(receipt), receipt.profile)
    publish(this.#engine, receipt)
  }

  /** Goes on with a run, here or where it is, until nothing more of it goes on. Failure: that it is not one that can. */
  async resume(run: CID, options: SubmitOptions = {}): Promise<Result<EndedRun, RequestFailure>> {
    const asked = await this.request(run, { type: 'resume' })
    return 'error' in asked ? asked : ok(await this.#runs.ended(run, options))
  }

  /** Resolves when nothing more of a run goes on, here or in another process. */
  ended(run: CID, options: SubmitOptions = {}): Promise<EndedRun> {
    return this.#runs.ended(run, options)
  }

  /** Asks something of a run, wherever it goes on. */
  request(run: CID, request: RunRequest): Promise<Result<Unit, RequestFailure>> {
    return this.#runs.request(run, request)
  }

  /** The events of a run after the number `after`, as they are written down, until it has ended. */
  follow(run: CID, options: FollowRun = {}): AsyncIterable<RunEvent> {
    return this.#followers.follow(run, options)
  }

  /** What a workflow of this node's own would do. Failure: what would refuse it. */
  plan(workflow: Workflow): Promise<Result<Plan, SubmitFailure>> {
    return planFor(workflow, this.#engine)
  }

  /** Where a run and each of its tasks is, also of one that goes on elsewhere; `executor` is who has the claim. */
  status(run: CID, executor?: string): Promise<Result<RunStatus, RequestFailure>> {
    return runStatus(run, executor, this.#engine)
  }

  /** A run along time, for `@ipvm/runtime/timeline` to draw; also of one that goes on elsewhere. */
  timeline(run: CID, executor?: string): Promise<Result<Timeline, RequestFailure>> {
    return runTimeline(run, executor, this.#engine)
  }

  /** What it has in hand now. */
  sample(): RuntimeSample {
    const commands = [...this.#lanes].map(
      ([cmd, { length, held }]) => [cmd, { queued: length, running: held }] as const,
    )
    return { commands: Object.fromEntries(commands), runs: this.#runs.counts, heldCommits: this.#engine.commits.held }
  }

  /** Stops all runs, so that they can be gone on with; what cannot be stopped is waited for. */
  async close(): Promise<void> {
    this.#isOpen = false
    await this.#schedules.close()
    await this.#runs.close()
  }
}
