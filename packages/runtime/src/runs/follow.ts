import { cidKey, type CID } from '@ipvm/ipld'
import { runEvent } from './elsewhere.ts'
import { lookMilliseconds, slowLookMilliseconds } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'
import type { RunEvent } from '../run/event.ts'
import { onAbort } from '../world/on-abort.ts'

/** Which events of a run are told. */
export interface FollowRun {
  /** Those after this number. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/** Says that there may be something new, also where nobody listened just then. */
class Bell {
  #rung = Promise.withResolvers<void>()

  readonly ring = (): void => this.#rung.resolve()

  /** Resolves when it was rung since it was heard last. */
  async heard(): Promise<void> {
    await this.#rung.promise
    this.#rung = Promise.withResolvers()
  }
}

/**
 * Who follows runs. What this process writes down wakes those whom it concerns, and what another one writes wakes all: who
 * watches a run in which nothing happens costs no more than the room that it takes.
 */
export class Followers {
  readonly #engine: Engine
  readonly #bells = new Map<string, Set<Bell>>()
  #isLooking = false
  #foreign: number | undefined
  #looks = 0

  constructor(engine: Engine) {
    this.#engine = engine
    engine.commits.onJournaled(run => this.#ring(this.#bells.get(cidKey(run)) ?? []))
  }

  /** The events of a run as they are written down, those after the number `after`; it ends when the run has. */
  async *follow(run: CID, { after = 0, signal }: FollowRun): AsyncGenerator<RunEvent, void, undefined> {
    const { store } = this.#engine
    const bell = new Bell()
    const leave = this.#add(run, bell)
    const stay = signal && onAbort(signal, bell.ring)
    try {
      for (let last = after; !signal?.aborted; ) {
        const entries = await store.journal(run, last)
        for (const entry of entries) {
          last = entry.seq
          const event = await runEvent(entry, this.#engine)
          if (event) yield event
        }
        const state = entries.length === 0 ? await store.run(run) : undefined
        if (state?.end !== undefined && state.seq <= last) return
        if (entries.length === 0) await bell.heard()
      }
    } finally {
      stay?.()
      leave()
    }
  }

  #add(run: CID, bell: Bell): () => void {
    const key = cidKey(run)
    const bells = this.#bells.get(key) ?? new Set()
    this.#bells.set(key, bells.add(bell))
    this.#lookLater()
    return () => {
      bells.delete(bell)
      if (bells.size === 0) this.#bells.delete(key)
    }
  }

  #ring(bells: Iterable<Bell>): void {
    for (const bell of bells) bell.ring()
  }

  /** Looks whether another process has written, for as long as there is anybody to be told. */
  #lookLater(): void {
    if (this.#isLooking || this.#bells.size === 0) return
    this.#isLooking = true
    this.#engine.world.after(lookMilliseconds, async () => {
      // What cannot be read now is for those who follow to meet.
      const writes = await this.#engine.store.foreignWrites().catch(() => undefined)
      this.#looks += 1
      // A store that is in this process's memory does not know who has written.
      const isDue = this.#looks % Math.round(slowLookMilliseconds / lookMilliseconds) === 0
      if (isDue || writes === undefined || writes !== this.#foreign) {
        for (const bells of this.#bells.values()) this.#ring(bells)
      }
      this.#foreign = writes
      this.#isLooking = false
      this.#lookLater()
    })
  }
}
