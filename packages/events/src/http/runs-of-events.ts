import { error, ok, type CID, type Failure, type Result } from '@ipvm/ipld'
import { eventBlock, readEventBlock, type Event, type SubmitFailure } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { Delivery } from '../inbox/delivery.ts'

/** Another request came under the same key before: its answer is for whoever knows that request. */
export interface KeyReused extends Failure {
  readonly name: 'KeyReused'
}

type Began = Result<CID, SubmitFailure | KeyReused>

/** How the ids of events begin that whoever asked has named. */
export const keyed = 'key '

/** The runs of events that somebody waits for; those of one name have one. */
export class RunsOfEvents {
  readonly #store: Store
  /** Those that are being begun. */
  readonly #beginning = new Map<string, Promise<Began>>()

  constructor(store: Store) {
    this.#store = store
  }

  /** The run of an event: the one that it has had, or a new one. Those of one key go one after the other. */
  of(delivery: Delivery, event: Event): Promise<Began> {
    const key = `${delivery.cid} ${event.id}`
    const begin = () => this.#begin(delivery, event)
    const began = this.#beginning.get(key)?.then(begin, begin) ?? begin()
    this.#beginning.set(key, began)
    const leave = () => {
      if (this.#beginning.get(key) === began) this.#beginning.delete(key)
    }
    began.then(leave, leave)
    return began
  }

  /** The event and its run are written down together. */
  async #begin(delivery: Delivery, event: Event): Promise<Began> {
    const isKeyed = event.id.startsWith(keyed)
    const known = isKeyed ? await this.#store.inboxEvent({ trigger: delivery.cid, id: event.id }) : undefined
    if (known?.run) return (await this.#isSame(known.event, event)) ? ok(known.run) : error(keyReused)
    const { block, record } = delivery.prepare(event)
    const written = this.#store.commit({ blocks: [block], canWait: true })
    // What cannot be written now, the run cannot either, and says so.
    written.catch(() => {})
    const begun = await delivery.begin(record, run => ({ events: [{ ...record, state: 'delivered', run }] }))
    return 'ok' in begun ? ok(begun.ok.run) : begun
  }

  /** Whether a request is the one that an event was made of, but for when it came. */
  async #isSame(known: CID, event: Event): Promise<boolean> {
    const bytes = await this.#store.block(known)
    const before = bytes && readEventBlock(bytes)
    return before !== undefined && 'ok' in before && eventBlock({ ...event, time: before.ok.time }).cid.equals(known)
  }
}

const keyReused: KeyReused = {
  name: 'KeyReused',
  message: 'another request came with the same Idempotency-Key; choose another key, or send the same request',
}
