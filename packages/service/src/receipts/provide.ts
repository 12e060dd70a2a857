import { CID } from '@ipvm/ipld'
import { decodeInvocation } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { Travelling } from '../islands/travels.ts'
import { providersAskedMax, provideAgainAfter, providedAtOnce } from './limits.ts'

/**
 * Where a transport keeps a directory of who has what (a DHT): says there which tasks this node has receipts of, and
 * goes to those who say so of a task that is wanted. What they then say is believed as far as that of any peer is.
 */
export class Providing {
  readonly #context: ServiceContext
  /** Until when there is no directory, as far as is known; milliseconds. */
  #restUntil = 0
  #underWay = 0

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Tells of own receipts, a few at a time: who misses one asks, or reconciles. */
  tell(receipts: readonly Travelling[]): void {
    for (const { bytes } of receipts) {
      const task = this.#mayGo ? taskOf(bytes) : undefined
      if (task) void this.#guarded(this.#provide(task))
    }
  }

  /** Goes to those who say that they have receipts of these tasks. */
  seek(tasks: readonly CID[]): void {
    for (const task of tasks.slice(0, providersAskedMax)) {
      if (this.#mayGo) void this.#guarded(this.#meet(task))
    }
  }

  get #mayGo(): boolean {
    return this.#underWay < providedAtOnce && this.#context.world.milliseconds() >= this.#restUntil
  }

  async #provide(task: CID): Promise<void> {
    const told = await this.#context.network()?.provide(task)
    if (told && 'error' in told && told.error.name === 'Unreachable') this.#rest()
  }

  async #meet(task: CID): Promise<void> {
    const network = this.#context.network()
    const addresses = (await network?.findProviders(task)) ?? []
    const there = new Set(network?.peers().flatMap(peer => [peer.name, ...peer.addresses]))
    for (const address of addresses) if (!there.has(address)) await network?.connect(address)
  }

  #rest(): void {
    this.#restUntil = this.#context.world.milliseconds() + provideAgainAfter
  }

  async #guarded(work: Promise<void>): Promise<void> {
    this.#underWay += 1
    try {
      await work
    } catch (fault) {
      this.#context.log('the directory of who has what could not be asked', fault)
    } finally {
      this.#underWay -= 1
    }
  }
}

/** The task that a receipt is of. */
function taskOf(receipt: Uint8Array): CID | undefined {
  const token = decodeInvocation(receipt)
  if ('error' in token) return undefined
  const { ran, as: resolved = ran } = token.ok.args
  return resolved instanceof CID ? resolved : undefined
}
