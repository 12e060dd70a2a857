import type { CID } from '@ipvm/ipld'

/** What is done to a run goes one after the other: each finds the journal as the one before it left it. */
export class Turns {
  /** What was asked for last, of each run. */
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does it when all is done that was asked of this run before. */
  take<T>(run: CID, work: () => Promise<T>): Promise<T> {
    const key = run.toString()
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work, work)
    this.#last.set(key, turn)
    const leave = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
    turn.then(leave, leave)
    return turn
  }

  /** Resolves when all is done that was asked of any run. */
  async done(): Promise<void> {
    await Promise.allSettled(this.#last.values())
  }
}
