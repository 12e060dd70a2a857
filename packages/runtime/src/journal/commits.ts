import type { CID } from '@ipvm/ipld'
import { StoreError, type Change, type Store } from '@ipvm/store/store'
import { fullRetryMilliseconds } from '../limits.ts'
import type { World } from '../world/world.ts'

/**
 * What a runtime writes. Where the disk is full, a change is held, and so are those that come after it; they are tried
 * again until there is room, in their order. So a full disk stops work and loses none.
 */
export class Commits {
  readonly #store: Store
  readonly #world: World
  readonly #onCommitted: ((milliseconds: number) => void) | undefined
  readonly #underWay = new Set<number>()
  readonly #journalListeners = new Set<(run: CID) => void>()
  /** In their order. */
  readonly #held: Held[] = []
  /** Resolves when nothing is held any more. */
  #room: PromiseWithResolvers<void> | undefined
  #stalls = 0
  #numbers = 0
  #full: StoreError | undefined
  #cancelRetry: (() => void) | undefined
  #isRetrying = false
  #isClosed = false

  /** @param onCommitted told of each change that is durable, how long it took, milliseconds */
  constructor(store: Store, world: World, onCommitted?: (milliseconds: number) => void) {
    this.#store = store
    this.#world = world
    this.#onCommitted = onCommitted
  }

  /** Why nothing can be written now; nothing where it can. */
  get full(): StoreError | undefined {
    return this.#full
  }

  /** How many changes are held. */
  get held(): number {
    return this.#held.length
  }

  /** Tells `listener` of the runs of which something was written down. */
  onJournaled(listener: (run: CID) => void): void {
    this.#journalListeners.add(listener)
  }

  /** How often changes began to be held. Reads do not see what is: what was read while this became more is to be read again. */
  get stalls(): number {
    return this.#stalls
  }

  /** Resolves when nothing is held. Rejects where it is let go of. */
  async room(): Promise<void> {
    await this.#room?.promise
  }

  /** Resolves when the change is durable. Rejects with any other fault of the store. */
  commit(change: Change): Promise<void> {
    const number = ++this.#numbers
    if (this.#held.length > 0) return this.#hold(number, change)
    this.#underWay.add(number)
    const began = this.#world.milliseconds()
    return this.#store.commit(change).then(
      () => {
        this.#underWay.delete(number)
        this.#tell(change)
        this.#onCommitted?.(this.#world.milliseconds() - began)
      },
      fault => {
        this.#underWay.delete(number)
        if (this.#isClosed) throw fault
        if (isFull(fault)) return this.#hold(number, change, fault)
        // There was room again, but what comes before it is held.
        if (this.#held.length > 0 && isDisorder(fault)) return this.#hold(number, change)
        throw fault
      },
    )
  }

  /** Lets go of what is held, and holds nothing more: nobody waits for room any longer. It was never acknowledged. */
  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    for (const { done } of this.#held.splice(0)) done.reject(this.#full)
    this.#room?.reject(this.#full)
    this.#room = undefined
  }

  #tell({ journal = [] }: Change): void {
    for (const { run } of journal) for (const listener of this.#journalListeners) listener(run)
  }

  #hold(number: number, change: Change, fault = this.#full): Promise<void> {
    const done = Promise.withResolvers<void>()
    if (!this.#room) {
      this.#stalls += 1
      this.#room = Promise.withResolvers<void>()
      this.#room.promise.catch(() => {})
    }
    // It may have been on its way when a later one was held.
    const at = this.#held.findLastIndex(held => held.number < number) + 1
    this.#held.splice(at, 0, { number, change, done })
    this.#full = fault
    // One that goes on comes to this change, too.
    if (!this.#isRetrying) this.#retryLater()
    return done.promise
  }

  #retryLater(): void {
    this.#cancelRetry ??= this.#world.after(fullRetryMilliseconds, () => void this.#retry())
  }

  async #retry(): Promise<void> {
    this.#cancelRetry = undefined
    this.#isRetrying = true
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      const [oldest = first.number] = this.#underWay
      if (oldest < first.number) break
      const fault: unknown = await this.#store.commit(first.change).catch((thrown: unknown) => thrown)
      if (isFull(fault)) break
      this.#held.shift()
      if (fault === undefined) this.#tell(first.change)
      if (fault === undefined) first.done.resolve()
      else first.done.reject(fault)
    }
    this.#isRetrying = false
    if (this.#held.length > 0) return this.#retryLater()
    this.#full = undefined
    this.#room?.resolve()
    this.#room = undefined
  }
}

interface Held {
  readonly number: number
  readonly change: Change
  readonly done: PromiseWithResolvers<void>
}

function isDisorder(fault: unknown): boolean {
  return fault instanceof StoreError && fault.name === 'StoreDisorder'
}

function isFull(fault: unknown): fault is StoreError {
  return fault instanceof StoreError && fault.name === 'StoreFull'
}
