import { cidKey, type CID } from '@ipvm/ipld'
import { knownEffect } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'

/**
 * Runs that wait for a person's word on mutations of which nobody knows whether they were done. One that is to be done once
 * ever may be another run's, too: when that one learns how it ended, these need not wait any more.
 */
export class Parked {
  readonly #engine: Engine
  readonly #goOn: (run: CID) => void
  /** By the name of a mutation: the runs that wait for it. */
  readonly #waiting = new Map<string, Map<string, CID>>()

  /** @param goOn goes on with a run that need not wait any more */
  constructor(engine: Engine, goOn: (run: CID) => void) {
    this.#engine = engine
    this.#goOn = goOn
  }

  /** Takes note of a run that waits; goes on with it if what it waits for is known. */
  async watch(run: CID): Promise<void> {
    const names = new Map<string, CID>()
    for (const { event } of await this.#engine.store.journal(run)) {
      if (event.type === 'unknown') names.set(event.label, event.task)
      if (event.type === 'settled') names.delete(event.label)
    }
    for (const name of names.values()) this.#runsAt(name).set(run.toString(), run)
    // Looked up after that, so that what comes meanwhile is not missed.
    for (const name of names.values()) if (await knownEffect(name, this.#engine)) this.known(name)
  }

  /** It is known how the mutation of this name ended. */
  known(name: CID): void {
    const runs = this.#waiting.get(cidKey(name))
    this.#waiting.delete(cidKey(name))
    for (const run of runs?.values() ?? []) this.#goOn(run)
  }

  #runsAt(name: CID): Map<string, CID> {
    const runs = this.#waiting.get(cidKey(name)) ?? new Map<string, CID>()
    this.#waiting.set(cidKey(name), runs)
    return runs
  }
}
