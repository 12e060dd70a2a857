import { StoreError, type Change, type Store } from '@ipvm/store'
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
  #held: Held[] = []
  #full: StoreError | undefined
  #cancelRetry: (() => void) | undefined

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

  /** Resolves when the change is durable. Rejects with any other fault of the store. */
  commit(change: Change): Promise<void> {
    if (this.#held.length > 0) return this.#hold(change)
    const began = this.#world.milliseconds()
    const written = this.#store.commit(change)
    const onCommitted = this.#onCommitted
    if (onCommitted) written.then(() => onCommitted(this.#world.milliseconds() - began)).catch(() => {})
    return written.catch(fault => {
      if (isFull(fault)) return this.#hold(change, fault)
      // There was room again, but what comes before it is held.
      if (this.#held.length > 0 && isDisorder(fault)) return this.#hold(change)
      throw fault
    })
  }

  /** Lets go of what is held; it was never acknowledged. */
  close(): void {
    this.#cancelRetry?.()
    for (const { done } of this.#held.splice(0)) done.reject(this.#full)
  }

  #hold(change: Change, fault = this.#full): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#held.push({ change, done })
    this.#full = fault
    this.#cancelRetry ??= this.#world.after(fullRetryMilliseconds, () => void this.#retry())
    return done.promise
  }

  async #retry(): Promise<void> {
    this.#cancelRetry = undefined
    while (this.#held[0]) {
      const { change, done } = this.#held[0]
      try {
        await this.#store.commit(change)
      } catch (fault) {
        if (isFull(fault)) {
          this.#cancelRetry ??= this.#world.after(fullRetryMilliseconds, () => void this.#retry())
          return
        }
        done.reject(fault)
      }
      this.#held.shift()
      done.resolve()
    }
    this.#full = undefined
  }
}

interface Held {
  readonly change: Change
  readonly done: PromiseWithResolvers<void>
}

function isDisorder(fault: unknown): boolean {
  return fault instanceof StoreError && fault.name === 'StoreDisorder'
}

function isFull(fault: unknown): fault is StoreError {
  return fault instanceof StoreError && fault.name === 'StoreFull'
}
