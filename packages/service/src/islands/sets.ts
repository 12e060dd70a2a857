import type { CID } from '@ipvm/ipld'
import { DigestSet } from '@ipvm/network/reconcile'
import type { ServiceContext } from '../context.ts'
import { feedPage, revocationsMax, revocationsReadEvery, windowMax } from './limits.ts'
import type { SetName } from './message.ts'
import type { Travelling, Travels } from './travels.ts'

/**
 * What this node has in common with others, kept up to date from the store: revocations, and the newest receipts. It is
 * read when somebody asks, so that a node to which nobody speaks does not read its store.
 */
export class Sets {
  readonly #context: Pick<ServiceContext, 'store' | 'world'>
  readonly #travels: Travels
  readonly #windowMax: number
  #receipts = new DigestSet()
  readonly #revocations = new DigestSet()
  /** The digests of the window, the oldest first, from `#first` on. */
  #window: Uint8Array[] = []
  #first = 0
  /** The number of the last receipt of the store that was looked at. */
  #seen: number | undefined
  #removals: number | undefined
  /** When the revocations were read last for somebody who asked, milliseconds. */
  #looked: number | undefined
  #reading: Promise<void> | undefined
  readonly #listeners = new Set<(receipts: readonly Travelling[]) => void>()

  constructor(context: Pick<ServiceContext, 'store' | 'world'>, travels: Travels, window = windowMax) {
    this.#context = context
    this.#travels = travels
    this.#windowMax = window
  }

  /** Tells of receipts that came to the store since the sets were first read, in their order. */
  onNew(listener: (receipts: readonly Travelling[]) => void): void {
    this.#listeners.add(listener)
  }

  get(name: SetName): DigestSet {
    return name === 'receipts' ? this.#receipts : this.#revocations
  }

  /** Brings the set of receipts up to date; `quietly`, without telling what is new in it. */
  read(how?: 'quietly'): Promise<void> {
    this.#reading ??= this.#read(how === 'quietly').finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Brings the set of revocations up to date, and gives those that are new in it. */
  async readRevocations(): Promise<readonly CID[]> {
    const known = await this.#context.store.listRevocations()
    return known.slice(-revocationsMax).filter(cid => this.#revocations.add(cid.multihash.digest))
  }

  /** Brings the set of revocations up to date for whoever asks: not each time, since it takes reading all of them. */
  async lookAtRevocations(): Promise<void> {
    const now = this.#context.world.milliseconds()
    if (this.#looked !== undefined && now - this.#looked < revocationsReadEvery) return
    this.#looked = now
    await this.readRevocations()
  }

  async #read(isQuiet: boolean): Promise<void> {
    const { store, world } = this.#context
    const removals = await store.removals()
    if (removals !== this.#removals) this.#forget()
    this.#removals = removals
    const isTold = !isQuiet && this.#seen !== undefined
    let after = this.#seen ?? (await this.#beginning())
    for (;;) {
      // Also where nothing is there: what comes next is new.
      this.#seen = after
      const entries = await store.receiptFeed({ after, limit: feedPage })
      const last = entries.at(-1)
      if (!last) return
      const travelling = await this.#travels.all(entries.map(({ receipt }) => receipt))
      for (const { cid } of travelling) this.#add(cid.multihash.digest)
      after = last.number
      if (isTold && travelling.length > 0) for (const listener of this.#listeners) listener(travelling)
      // A store may answer at once, and whatever else is to be done waits.
      if (entries.length === feedPage) await new Promise<void>(resolve => world.after(0, resolve))
    }
  }

  /** Where the window begins: what is older is not looked at. */
  async #beginning(): Promise<number> {
    return Math.max(0, (await this.#context.store.feedEnd('receipts')) - this.#windowMax)
  }

  #add(digest: Uint8Array): void {
    if (!this.#receipts.add(digest)) return
    this.#window.push(digest)
    if (this.#window.length - this.#first <= this.#windowMax) return
    const oldest = this.#window[this.#first]
    if (oldest) this.#receipts.delete(oldest)
    this.#first += 1
    if (this.#first < this.#windowMax) return
    this.#window = this.#window.slice(this.#first)
    this.#first = 0
  }

  /** The store has let go of something: what is in the window is to be found out anew. */
  #forget(): void {
    if (this.#removals === undefined) return
    this.#receipts = new DigestSet()
    this.#window = []
    this.#first = 0
    this.#seen = undefined
  }
}

/** A digest as a key of a map. */
export function digestKey(digest: Uint8Array): string {
  return DigestSet.keyOf(digest)
}
