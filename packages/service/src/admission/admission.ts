import { error, ok, type Result } from '@ipvm/ipld'
import type { Refusal } from '@ipvm/network'
import type { RuntimeSample, World } from '@ipvm/runtime'
import { watchedMax } from '../limits.ts'
import { Buckets, type Rate } from './bucket.ts'
import type { AdmissionLimits } from './limits.ts'

/** The least and the longest time after which somebody is asked to come again, milliseconds. */
const retryMilliseconds = { least: 250, most: 30_000 } as const

/** By what somebody asks: proofs; that anybody may; or that what they say proves itself. */
export type Standing = 'agent' | 'open' | 'unproven'

/** What the admission sees of the node. */
export interface AdmissionParts {
  readonly world: Pick<World, 'milliseconds' | 'random'>
  readonly limits: AdmissionLimits
  readonly sample: () => RuntimeSample
}

/**
 * Who is let in, and how much of them (ADR 100): so much of each agent and of each address, and no new work where what there is
 * would suffer. Whoever is not let in is told when to come again, before anything is done for them.
 */
export class Admission {
  readonly #parts: AdmissionParts
  readonly #shares: Readonly<Record<Standing, Buckets>>
  readonly #refused: Buckets
  readonly #underWay = new Map<string, number>()

  constructor(parts: AdmissionParts) {
    this.#parts = parts
    const { agent, open, unproven, refused } = parts.limits
    const share = (rate: Rate) => new Buckets(rate, watchedMax)
    this.#shares = { agent: share(agent), open: share(open), unproven: share(unproven) }
    this.#refused = new Buckets(refused, watchedMax)
  }

  /** Whether an address was refused so often lately that nothing of it is looked at now. */
  shuns(address: string): Refusal | undefined {
    const wait = this.#refused.wait(address, this.#now())
    return wait > 0 ? busy('too much that you asked for was refused', wait) : undefined
  }

  /** Takes note that an invocation was refused. */
  refused(address: string): void {
    this.#refused.take(address, this.#now())
  }

  /** Lets an invocation in that may be obeyed; the function that it gives says that it was answered. */
  enter(agent: string, address: string, standing: Standing): Result<() => void, Refusal> {
    const key = standing === 'agent' ? agent : `${standing} ${address}`
    const count = this.#underWay.get(key) ?? 0
    if (count >= this.#parts.limits.atOncePerAgent) {
      return error(busy(`${count} of your invocations are being answered`, retryMilliseconds.least))
    }
    const wait = this.#shares[standing].take(key, this.#now())
    if (wait > 0) return error(busy('you ask for more than your share', wait))
    this.#underWay.set(key, count + 1)
    return ok(() => this.#leave(key))
  }

  /** Whether an address may bring so much more that proves itself, and is kept. */
  brings(address: string, count: number): Refusal | undefined {
    const wait = this.#shares.unproven.take(`unproven ${address}`, this.#now(), count)
    return wait > 0 ? busy('you bring more than your share', wait) : undefined
  }

  /** Why no more work is taken on; nothing where it is. */
  busy(): Refusal | undefined {
    const { commands, runs, heldCommits } = this.#parts.sample()
    const { tasksInLine, runs: runsMax } = this.#parts.limits
    if (heldCommits > 0) return busy('nothing can be written here', this.#later(1))
    const inLine = Math.max(0, ...Object.values(commands).map(({ queued }) => queued))
    const load = Math.max(inLine / tasksInLine, (runs.running + runs.queued) / runsMax, runs.queued > 0 ? 1 : 0)
    return load < 1 ? undefined : busy('this node has as much work as it can do in time', this.#later(load))
  }

  #leave(key: string): void {
    const left = (this.#underWay.get(key) ?? 1) - 1
    if (left > 0) this.#underWay.set(key, left)
    else this.#underWay.delete(key)
  }

  /** Later where there is more to do, and not at one time for all. */
  #later(load: number): number {
    const [drawn = 0] = this.#parts.world.random(1)
    const wait = 1000 * load * (0.5 + drawn / 256)
    return Math.min(retryMilliseconds.most, Math.max(retryMilliseconds.least, Math.ceil(wait)))
  }

  #now(): number {
    return this.#parts.world.milliseconds()
  }
}

function busy(why: string, retryAfter: number): Refusal {
  const wait = Math.min(retryMilliseconds.most, Math.max(1, retryAfter))
  return { name: 'Busy', message: `${why}; try again in ${Math.ceil(wait)} ms`, retryAfter: wait }
}
