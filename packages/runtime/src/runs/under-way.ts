import type { PlacedTask } from '@ipvm/workflow'
import { error, ok, type CID, type Result, type Unit } from '@ipvm/ipld'
import type { VerifiedTokens } from '@ipvm/ucan'
import type { Change, JournalEvent, RunRequest, RunState } from '@ipvm/store'
import { Mutations } from '../effect/mutation.ts'
import { tasksUnderWayMax } from '../limits.ts'
import { Parked } from './parked.ts'
import { retryByHand, runEnded, settleByHand, unknownRun, type Amendment, type RequestFailure } from './requests.ts'
import type { Engine } from '../engine/engine.ts'
import type { EndedRun, OnEvent, FollowOptions } from '../run/event.ts'
import { Executor } from '../engine/executor.ts'
import { Line } from './line.ts'
import { onAbort } from '../world/on-abort.ts'
import { sealedRequest } from '../secret/request.ts'
import { WorkflowRun } from '../run/run.ts'
import type { RunTask } from '../run/task.ts'
import type { Accepted } from '../submission/accept.ts'
import type { Observer } from '../observe/observer.ts'
import { putBack, restore, type Restored } from './restore.ts'
import { Turns } from './turns.ts'

type Amending = Extract<RunRequest, { label: string }>

interface Entry {
  readonly id: CID
  readonly run: WorkflowRun
  readonly listeners: Set<OnEvent>
  readonly ended: Promise<EndedRun>
}

/** The runs that go on in this process. As many as have room for their tasks; the others wait in line. */
export class UnderWay {
  readonly #engine: Engine
  readonly #verified: VerifiedTokens
  readonly #observer: Observer | undefined
  /** What does the pure tasks of all runs. */
  readonly executor: Executor
  readonly #mutations: Mutations
  readonly #parked: Parked
  readonly #entries = new Map<string, Entry>()
  readonly #turns = new Turns()
  readonly #line = new Line(tasksUnderWayMax)
  /** Nothing more begins: what was accepted, or asked, is taken up by whoever runs this store's workflows next. */
  #isClosed = false

  constructor(engine: Engine, verified: VerifiedTokens, observer: Observer | undefined) {
    this.#engine = engine
    this.#verified = verified
    this.#observer = observer
    this.executor = new Executor(engine)
    this.#parked = new Parked(engine, run => {
      // What cannot be read now is read when it is asked for.
      if (!this.#isClosed) this.goOn({ run }).catch(() => {})
    })
    this.#mutations = new Mutations(engine, name => this.#parked.known(name))
  }

  /** How many runs go on, those in line left out. */
  get running(): number {
    return this.#entries.size - this.#line.length
  }

  /** How many runs wait in line. */
  get inLine(): number {
    return this.#line.length
  }

  has(run: CID): boolean {
    return this.#entries.has(run.toString())
  }

  /** How a run stands when nothing more of it goes on; nothing where none of it does. */
  ended(run: CID, options: FollowOptions): Promise<EndedRun> | undefined {
    const entry = this.#entries.get(run.toString())
    return entry && this.#followed(entry, options)
  }

  /** Begins with a run that was just accepted. */
  async begin(accepted: Accepted, journaled: Promise<void>, options: FollowOptions): Promise<EndedRun> {
    const entry = await this.#turns.take(accepted.state.run, async () => {
      const restored = await putBack(accepted, accepted.entries, this.#engine)
      await this.#lookForRemovals()
      return this.#add(restored, journaled)
    })
    return this.#followed(entry, options)
  }

  /** Leaves a run as it is that waits for a person, until that is over. */
  park({ run }: Pick<RunState, 'run'>): Promise<void> {
    return this.#parked.watch(run)
  }

  /** Goes on with a run from where its journal ends, unless it is suspended or has ended. Failure: that it cannot be read. */
  goOn({ run }: Pick<RunState, 'run'>): Promise<Result<Unit, RequestFailure>> {
    return this.#turns.take(run, async () => {
      const state = await this.#engine.store.run(run)
      return !state || state.suspended || state.end !== undefined ? ok({}) : this.#goOn(state)
    })
  }

  /** Does what is asked of a run; `change` is written with it. */
  apply(
    { run }: Pick<RunState, 'run'>,
    request: RunRequest,
    change: Change = {},
  ): Promise<Result<Unit, RequestFailure>> {
    return this.#turns.take(run, () => this.#apply(run, request, change))
  }

  async #goOn(state: RunState): Promise<Result<Unit, RequestFailure>> {
    if (this.has(state.run) || this.#isClosed) return ok({})
    const restored = await restore(state, this.#engine, this.#verified)
    if ('error' in restored) return restored
    await this.#lookForRemovals()
    const { loaded } = restored.ok
    const [seq, { commits, world }] = [state.seq + 1, this.#engine]
    const event: JournalEvent = { type: 'resumed', owner: world.owner }
    const journaled = commits.commit({ journal: [{ run: state.run, seq, at: world.date(), event }] })
    journaled.catch(() => {})
    this.#add({ ...restored.ok, loaded: { ...loaded, state: { ...state, seq, suspended: false } } }, journaled)
    return ok({})
  }

  async #apply(run: CID, request: RunRequest, change: Change): Promise<Result<Unit, RequestFailure>> {
    const entry = this.#entries.get(run.toString())
    const goesOn = entry && !entry.run.isStopping
    const isStopped = isStop(request) && entry?.run.stop(request.type)
    if (isStopped || (request.type === 'resume' && goesOn)) {
      if (Object.keys(change).length > 0) await this.#engine.commits.commit(change)
      return ok({})
    }
    if ('label' in request) entry?.run.stop('halt')
    await entry?.ended.catch(() => {})
    if (this.#isClosed) return this.#leave(run, request, change)
    const state = await this.#engine.store.run(run)
    if (!state) return error(unknownRun(run))
    if (state.end !== undefined && request.type !== 'retry') return error(runEnded(state))
    if ('label' in request) return this.#amend(state, goesOn === true, request, change)
    if (isStop(request)) return this.#stop(state, request.type, change)
    if (Object.keys(change).length > 0) await this.#engine.commits.commit(change)
    return this.#goOn(state)
  }

  /** Stops them all; what cannot be stopped is waited for, and so is what is being done to them. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const { run } of entries) run.stop('halt')
    await Promise.all(entries.map(({ run }) => run.done.catch(() => {})))
    await this.#turns.done()
  }

  /** Leaves a request to whoever runs this store's workflows next; one that another process wrote is there already. */
  async #leave(run: CID, request: RunRequest, { taken }: Change): Promise<Result<Unit, RequestFailure>> {
    const { commits, seal } = this.#engine
    if (!taken) await commits.commit({ requests: [{ run, request: await sealedRequest(run, request, seal) }] })
    return ok({})
  }

  /** Stops a run of which nothing goes on. */
  async #stop(state: RunState, type: 'suspend' | 'cancel', change: Change): Promise<Result<Unit, RequestFailure>> {
    await this.#write(state, { type: type === 'suspend' ? 'suspended' : 'cancelling' }, change)
    if (type === 'suspend') return ok({})
    const cancelling = { ...state, seq: state.seq + 1, cancelling: true }
    const gone = await this.#goOn(cancelling)
    // Nothing of it goes on, and nothing can: it has ended with that.
    if ('error' in gone) await this.#write(cancelling, { type: 'ended', end: 'cancelled' }, {})
    return ok({})
  }

  /**
   * Tasks are settled anew, or a person says how one ended: the run goes on from a journal that says so; where that cannot be,
   * as it did before.
   */
  async #amend(
    state: RunState,
    wentOn: boolean,
    request: Amending,
    change: Change,
  ): Promise<Result<Unit, RequestFailure>> {
    const restored = await restore(state, this.#engine, this.#verified)
    if ('error' in restored) return restored
    const amended = await this.#amendment(state.run, restored.ok.tasks, request)
    if ('ok' in amended) {
      const { event, change: own } = amended.ok
      await this.#write(state, event, { ...own, ...change })
      const isDone = event.type === 'settled' && event.how === 'ran'
      for (const name of (isDone && own.concluded) || []) this.#parked.known(name)
    }
    // What is known by now settles it, too: a run that waited for a person need not any more.
    if ('error' in amended && !wentOn && amended.error.name !== 'KnownByNow') return amended
    const now = await this.#engine.store.run(state.run)
    const isOpen = now && now.end === undefined && !now.suspended
    const gone = isOpen ? await this.#goOn(now) : ok({})
    return 'error' in amended ? amended : gone
  }

  #amendment(run: CID, tasks: readonly RunTask[], request: Amending): Promise<Result<Amendment, RequestFailure>> {
    const isUnderWay = (task: CID) => this.#mutations.isUnderWay(task)
    const context = { run, engine: this.#engine, isUnderWay }
    if (request.type === 'retry') return retryByHand(tasks, request.label, context)
    return settleByHand(tasks, request.label, request.out, context)
  }

  #write({ run, seq }: RunState, event: JournalEvent, change: Change): Promise<void> {
    const { commits, world } = this.#engine
    return commits.commit({ ...change, journal: [{ run, seq: seq + 1, at: world.date(), event }] })
  }

  #add({ loaded, ...where }: Restored, journaled: Promise<void>): Entry {
    const { state, workflow, layout, authority, meta, runNonce, event, depth, isUnknown = false } = loaded
    const known = this.#entries.get(state.run.toString())
    if (known) return known
    const listeners = new Set<OnEvent>()
    const onEvent: OnEvent = event => {
      for (const listener of listeners) listener(event)
      this.#observer?.event(event)
    }
    const onSpawned = (tasks: readonly RunTask[]) => {
      const joined = tasks.filter(({ asker }) => asker)
      if (joined.length > 0) this.#observer?.spawned?.(state.run, joined.flatMap(placesOf))
    }
    const shared = { engine: this.#engine, executor: this.executor, mutations: this.#mutations }
    const about = { state, workflow, runNonce, event, depth, isUnknown, onSpawned }
    const run = new WorkflowRun({ ...shared, ...about, ...where, authority, journaled, onEvent })
    const key = state.run.toString()
    const ended = run.done
      .then(how => run.ended(how))
      .finally(() => {
        this.#entries.delete(key)
        this.#observer?.closed(state.run)
        leave()
      })
    ended.then(
      ({ end }) => {
        if (end === 'unknown') this.#parked.watch(state.run).catch(() => {})
      },
      () => {},
    )
    const entry = { id: state.run, run, listeners, ended }
    this.#entries.set(key, entry)
    // From now on no receipt goes; until now some may have. The journal reports its own faults to the run.
    journaled.then(() => this.#engine.memo.refresh()).catch(() => {})
    if (this.#isClosed) run.stop('halt')
    const leave = this.#line.enter(where.tasks.length, () => {
      this.#observer?.opened({ state, layout, meta })
      onSpawned(where.tasks)
      run.start()
    })
    return entry
  }

  /** No receipt goes while a run goes on: what is remembered is there. Where none does, some may have gone. */
  async #lookForRemovals(): Promise<void> {
    if (this.#entries.size === 0) await this.#engine.memo.refresh()
  }

  async #followed({ id, listeners, ended }: Entry, { onEvent, signal }: FollowOptions): Promise<EndedRun> {
    const cancel = () => void this.apply({ run: id }, { type: 'cancel' }).catch(() => {})
    const stay = signal && onAbort(signal, cancel)
    if (signal?.aborted) cancel()
    if (onEvent) listeners.add(onEvent)
    try {
      return await ended
    } finally {
      if (onEvent) listeners.delete(onEvent)
      stay?.()
    }
  }
}

function isStop(request: RunRequest): request is { readonly type: 'suspend' | 'cancel' } {
  return request.type === 'suspend' || request.type === 'cancel'
}

/** A task's place under each of its labels; what it awaits are no places of a document. */
function placesOf({ place, labels }: RunTask): readonly PlacedTask[] {
  return labels.map(label => ({ ...place, label, awaits: [] }))
}
