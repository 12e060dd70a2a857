import { error, ok, type CID, type Result, type Unit } from '@ipvm/ipld'
import type { VerifiedTokens } from '@ipvm/ucan'
import type { Claim, Claimed, PendingRequest, RunRequest, RunState } from '@ipvm/store'
import { elsewhere } from './elsewhere.ts'
import { lookMilliseconds, runsInLineMax } from '../limits.ts'
import { runEnded, unknownRun, type RequestFailure } from './requests.ts'
import type { Observer, RuntimeSample } from '../observe/observer.ts'
import { openedRequest, sealedRequest } from '../secret/request.ts'
import type { Engine } from '../engine/engine.ts'
import type { Executor } from '../engine/executor.ts'
import type { EndedRun, FollowOptions } from '../run/event.ts'
import type { Accepted } from '../submission/accept.ts'
import type { Busy, DiskFull } from '../submission/failure.ts'
import { UnderWay } from './under-way.ts'

/** A run that was added: when it is written down, and how it stands when nothing more of it goes on. */
export interface Added {
  readonly run: CID
  readonly journaled: Promise<void>
  readonly ended: Promise<EndedRun>
}

/**
 * The runs of a store. The process that has the right to run them goes on with them, and looks now and then what others have
 * written: runs to take up, and requests. Any other process writes those, and reads the journal.
 */
export class Runs {
  readonly #engine: Engine
  readonly #underWay: UnderWay
  #claim: Promise<Result<Claim, Claimed>> | undefined
  /** Runs that were cut off before this process came, and that it was not asked to go on with. */
  readonly #left = new Set<string>()
  #seen: number | undefined
  /** The numbers of requests that are taken up, until they are seen to be gone. */
  readonly #takenUp = new Set<number>()
  #stopLooking: (() => void) | undefined
  #areOurs = false
  readonly #closing = new AbortController()
  /** Runs of other processes that are followed here. */
  readonly #elsewhere = new Set<Promise<EndedRun>>()

  readonly #onForeignWrites: () => void

  /** @param onForeignWrites told when another process may have written */
  constructor(engine: Engine, verified: VerifiedTokens, observer: Observer | undefined, onForeignWrites: () => void) {
    this.#engine = engine
    this.#onForeignWrites = onForeignWrites
    this.#underWay = new UnderWay(engine, verified, observer)
  }

  /** What does the pure tasks of all runs. */
  get executor(): Executor {
    return this.#underWay.executor
  }

  /** How many runs go on here, and wait in line. */
  get counts(): RuntimeSample['runs'] {
    const { running, inLine: queued } = this.#underWay
    return { running, queued }
  }

  /** Why no run is taken on; nothing where one is. */
  refusal(): Busy | DiskFull | undefined {
    const { full } = this.#engine.commits
    if (full) return { name: 'StoreFull', message: full.message }
    const { inLine } = this.#underWay
    if (inLine < runsInLineMax) return undefined
    return { name: 'Busy', message: `${inLine} runs wait in line already; try again when some have ended` }
  }

  /** Takes the right to run them, and goes on with all that are open. */
  async open(): Promise<Result<readonly CID[], Claimed>> {
    const claim = await this.#take()
    if ('error' in claim) return claim
    const opened: CID[] = []
    for (const state of await this.#engine.store.openRuns()) {
      this.#left.delete(state.run.toString())
      if (state.suspended || this.#underWay.has(state.run)) continue
      if (await this.#isParked(state)) await this.#underWay.park(state)
      else if ('ok' in (await this.#underWay.goOn(state))) opened.push(state.run)
    }
    return ok(opened)
  }

  /** Whether this process has the right to run them: whatever it finds written down of a run, no other one adds to that. */
  get areOurs(): boolean {
    return this.#areOurs
  }

  /**
   * Writes a run down and begins with it, here or where this store's runs go on.
   * @param wereOurs whether they were when it was looked up; else another process may have begun with it since
   */
  async add(accepted: Accepted, wereOurs: boolean, options: FollowOptions): Promise<Added> {
    const added = await this.#add(accepted, wereOurs, options)
    // Who only wants it accepted does not wait for its end, nor for a fault on the way to that.
    added.ended.catch(() => {})
    return added
  }

  async #add(accepted: Accepted, wereOurs: boolean, options: FollowOptions): Promise<Added> {
    const { run } = accepted.state
    const claim = await this.#take()
    if ('ok' in claim && !wereOurs && (await this.#engine.store.run(run))) {
      return { run, journaled: Promise.resolve(), ended: this.#followElsewhere(run, options) }
    }
    const canWait = 'ok' in claim && options.canWait === true
    const journaled = this.#engine.commits.commit({ ...accepted.change, canWait })
    journaled.catch(() => {})
    if ('error' in claim) await journaled
    const ended =
      'ok' in claim ? this.#underWay.begin(accepted, journaled, options) : this.#followElsewhere(run, options)
    // Who has only had it accepted does not wait for it.
    ended.catch(() => {})
    return { run, journaled, ended }
  }

  /** Resolves when nothing more of a run goes on. */
  async ended(run: CID, options: FollowOptions): Promise<EndedRun> {
    return this.#underWay.ended(run, options) ?? this.#followElsewhere(run, options)
  }

  /** Does what is asked of a run, or has it done by the process that has the right to. */
  async request(run: CID, request: RunRequest): Promise<Result<Unit, RequestFailure>> {
    const { store, commits, seal } = this.#engine
    const state = await store.run(run)
    if (!state) return error(unknownRun(run))
    if (state.end !== undefined && request.type !== 'retry') return error(runEnded(state))
    if ('ok' in (await this.#take())) return this.#underWay.apply(state, request)
    await commits.commit({ requests: [{ run, request: await sealedRequest(run, request, seal) }] })
    return ok({})
  }

  /** Stops them all, and gives the right back. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#stopLooking?.()
    this.#engine.commits.close()
    await this.#underWay.close()
    await Promise.allSettled(this.#elsewhere)
    const claim = await this.#claim
    if (claim && 'ok' in claim) await claim.ok.release()
  }

  #followElsewhere(run: CID, options: FollowOptions): Promise<EndedRun> {
    const ended = elsewhere(run, this.#engine, options, {
      closing: this.#closing.signal,
      // Whoever had the right to run it may be gone: then it is ours.
      takeOver: async () => {
        if (this.#closing.signal.aborted || 'error' in (await this.#take())) return undefined
        const here = this.#underWay.ended(run, options)
        if (here) return here
        const state = await this.#engine.store.run(run)
        const began = state && (await this.#underWay.goOn(state))
        return began && 'ok' in began ? this.#underWay.ended(run, options) : undefined
      },
      cancel: () => this.request(run, { type: 'cancel' }),
    })
    this.#elsewhere.add(ended)
    const leave = () => this.#elsewhere.delete(ended)
    ended.then(leave, leave)
    return ended
  }

  /** The right to run this store's workflows: taken when it is needed first, and asked for again where it was refused. */
  async #take(): Promise<Result<Claim, Claimed>> {
    this.#claim ??= this.#askFor()
    const claim = await this.#claim
    if ('error' in claim) this.#claim = undefined
    return claim
  }

  async #askFor(): Promise<Result<Claim, Claimed>> {
    const { store, world } = this.#engine
    const claim = await store.claim(world.owner)
    if ('error' in claim) return claim
    this.#areOurs = true
    for (const { run, owner } of await store.openRuns()) if (owner !== world.owner) this.#left.add(run.toString())
    this.#look()
    return claim
  }

  #look(): void {
    this.#stopLooking = this.#engine.world.after(lookMilliseconds, async () => {
      // What cannot be read now is looked at the next time; the runs themselves meet the fault, too.
      await this.#lookOnce().catch(() => {})
      if (!this.#closing.signal.aborted) this.#look()
    })
  }

  async #lookOnce(): Promise<void> {
    const { store, arrivals } = this.#engine
    const writes = await store.foreignWrites()
    if (writes === this.#seen) return
    this.#seen = writes
    try {
      arrivals.tellAll()
      this.#onForeignWrites()
      const requests = await store.requests()
      const numbers = new Set(requests.map(({ number }) => number))
      for (const number of this.#takenUp) if (!numbers.has(number)) this.#takenUp.delete(number)
      for (const request of requests) this.#beginTakingUp(request)
      for (const state of await store.openRuns()) {
        const isOurs = !this.#left.has(state.run.toString()) && !this.#underWay.has(state.run)
        if (isOurs && !state.suspended && !(await this.#isParked(state))) await this.#underWay.goOn(state)
      }
    } catch (fault) {
      this.#seen = undefined
      throw fault
    }
  }

  /** One may have to wait for a mutation of its run; those of other runs do not wait for it. */
  #beginTakingUp(request: PendingRequest): void {
    const { number } = request
    if (this.#takenUp.has(number)) return
    this.#takenUp.add(number)
    this.#takeUp(request).catch(() => {
      this.#takenUp.delete(number)
      this.#seen = undefined
    })
  }

  async #takeUp({ number, run, request }: PendingRequest): Promise<void> {
    const { store, commits, seal } = this.#engine
    const state = await store.run(run)
    this.#left.delete(run.toString())
    const asked = await openedRequest(request, seal, cid => store.block(cid))
    const applied = state && 'ok' in asked && (await this.#underWay.apply(state, asked.ok, { taken: [number] }))
    // Where it could not be done, nobody waits for it any more.
    if (!applied || 'error' in applied) await commits.commit({ taken: [number] })
  }

  async #isParked({ run, seq }: RunState): Promise<boolean> {
    const [last] = await this.#engine.store.journal(run, seq - 1)
    return last?.event.type === 'parked'
  }
}
