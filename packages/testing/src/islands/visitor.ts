import type { CID } from '@ipvm/ipld'
import { StoreError } from '@ipvm/store'
import type { EndedRun } from '@ipvm/runtime'
import type { Inhabitant, Island } from './island.ts'
import type { Errand } from './workload.ts'

/** Sees an errand through on its owner's island, whatever becomes of the process that does it. */
export class Visitor {
  readonly errand: Errand
  readonly #island: Island
  readonly #onFault: (problem: string) => void
  #run: CID | undefined
  #begun = false
  /** Who is at it. */
  #asked: Inhabitant | undefined
  /** Nobody knows whether a mutation was done, and a person would have to say. */
  isParked = false
  ended: EndedRun | undefined
  /** Why it was not accepted. */
  refusal: string | undefined

  constructor(errand: Errand, island: Island, onFault: (problem: string) => void) {
    this.errand = errand
    this.#island = island
    this.#onFault = onFault
  }

  get isWaiting(): boolean {
    return this.#begun && !this.ended && !this.isParked && this.refusal === undefined
  }

  get run(): CID | undefined {
    return this.#run
  }

  /** What it waits for, in words. */
  async waitsFor(): Promise<string> {
    const { inhabitant } = this.#island
    if (!inhabitant || !this.#run) return 'nobody is there who has accepted it'
    const status = await inhabitant.runtime.status(this.#run, inhabitant.life.name)
    if ('error' in status) return status.error.message
    const { condition, tasks } = status.ok
    const told = tasks.map(({ task: _, ...status }) => JSON.stringify(status))
    return `${condition}: ${told.join(' ')}`
  }

  begin(): void {
    this.#begun = true
    this.resume()
  }

  /** Somebody is there who may be asked. */
  resume(): void {
    const { inhabitant } = this.#island
    if (!inhabitant || !this.isWaiting || this.#asked === inhabitant) return
    this.#asked = inhabitant
    this.#submit(inhabitant)
      .catch((fault: unknown) => {
        if (inhabitant.life.alive) this.#onFault(`errand ${this.errand.number} was told ${String(fault)}`)
      })
      .finally(() => {
        if (this.#asked === inhabitant) this.#asked = undefined
      })
  }

  async #submit({ store, runtime, life }: Inhabitant): Promise<void> {
    const { document, blocks, workflow } = this.errand.compiled
    try {
      await store.commit({ blocks: [document, ...blocks] })
    } catch (fault) {
      if (fault instanceof StoreError && fault.name === 'StoreFull') return
      throw fault
    }
    runtime.know(document.cid, workflow)
    const nonce = new Uint8Array(12).fill(this.errand.number + 1)
    const begun = await runtime.begin(document.cid, { nonce, exp: null })
    if ('ok' in begun) this.#run = begun.ok.run
    else if ('run' in begun.error) this.#run = begun.error.run
    else if (begun.error.name !== 'Busy' && begun.error.name !== 'StoreFull') {
      this.refusal = `${begun.error.name}: ${begun.error.message}`
    }
    if (!this.#run) return
    const ended = await runtime.ended(this.#run)
    if (!life.alive) return
    if (ended.end === 'unknown') this.isParked = true
    else if (ended.end === 'ok' || ended.end === 'failed' || ended.end === 'cancelled') this.ended = ended
  }
}
