import type { CID } from '@ipvm/ipld'
import type { Change, JournalEvent } from '@ipvm/store'
import type { Happening, OnEvent, SettledTask } from '../run/event.ts'
import type { World } from '../world/world.ts'
import type { Commits } from './commits.ts'

/** Writes the journal of one run, and tells of each entry when it is on the disk, in their order. */
export class RunJournal {
  readonly run: CID
  readonly #commits: Commits
  readonly #world: World
  readonly #onEvent: OnEvent
  readonly #onFault: (fault: unknown) => void
  /** How many events led to the run, one by the other: what it changes says so. */
  readonly #depth: number
  #seq: number
  /** The last entry, and all before it, are on the disk. */
  #durable: Promise<unknown> = Promise.resolve()

  /** @param seq the number of the last entry that is there */
  constructor(
    { run, seq, depth }: { readonly run: CID; readonly seq: number; readonly depth: number },
    commits: Commits,
    world: World,
    { onEvent, onFault }: { readonly onEvent: OnEvent; readonly onFault: (fault: unknown) => void },
  ) {
    this.run = run
    this.#seq = seq
    this.#depth = depth
    this.#commits = commits
    this.#world = world
    this.#onEvent = onEvent
    this.#onFault = onFault
  }

  /** The number of the last entry. */
  get seq(): number {
    return this.#seq
  }

  /** Writes an entry, together with a change. Resolves when they, `after` and all entries before are on the disk. */
  write(event: Exclude<JournalEvent, { type: 'settled' }>, options: WriteOptions = {}): Promise<void> {
    return this.#write([[event, event]], options)
  }

  /** Writes of a task that it is settled, under each of its labels: all of them, or none. */
  settle(settled: readonly SettledTask[], options: WriteOptions = {}): Promise<void> {
    const told = settled.map((task): Written => {
      const { receipt, report: _, secret: __, ...record } = task
      return [
        { type: 'settled', ...record, receipt: receipt.cid },
        { type: 'settled', ...task },
      ]
    })
    return this.#write(told, options)
  }

  #write(events: readonly Written[], { change, after }: WriteOptions): Promise<void> {
    const [first, at, run] = [this.#seq + 1, this.#world.date(), this.run]
    this.#seq += events.length
    const journal = events.map(([event], i) => ({ run, seq: first + i, at, event }))
    const written = this.#commits.commit({ ...change, journal, ...(this.#depth > 0 && { depth: this.#depth }) })
    const telling = events.map(([, told], i) => this.#tellAfter({ run, seq: first + i, at, ...told }, written, after))
    // Faults are told by `onFault`; of several entries they are the same.
    for (const told of telling) told.catch(() => {})
    return telling.at(-1) ?? written
  }

  /** Tells of something that is not written down, after the entries before it. */
  tell(happening: Happening, after?: Promise<unknown>): void {
    const event = { run: this.run, seq: this.#seq, at: this.#world.date(), ...happening }
    this.#tellAfter(event, after).catch(() => {})
  }

  /** Resolves when all entries so far are on the disk; rejects where one cannot be written. */
  async durable(): Promise<void> {
    await this.#durable
  }

  async #tellAfter(event: Parameters<OnEvent>[0], ...written: (Promise<unknown> | undefined)[]): Promise<void> {
    const before = this.#durable
    const all = Promise.all([before, ...written])
    this.#durable = all
    try {
      await all
      this.#onEvent(event)
    } catch (fault) {
      this.#onFault(fault)
      throw fault
    }
  }
}

interface WriteOptions {
  /** What is written with the entry, or neither is. */
  readonly change?: Change
  /** What has to be on the disk before anybody is told. */
  readonly after?: Promise<unknown>
}

/** An entry, and what is told of it. */
type Written = readonly [event: JournalEvent, told: Happening]
