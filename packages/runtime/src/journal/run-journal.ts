import type { CID } from '@ipvm/ipld'
import type { Change, JournalEvent } from '@ipvm/store'
import type { Happening, OnEvent } from '../run/event.ts'
import type { World } from '../world/world.ts'
import type { Commits } from './commits.ts'

/** Writes the journal of one run, and tells of each entry when it is on the disk, in their order. */
export class RunJournal {
  readonly run: CID
  readonly #commits: Commits
  readonly #world: World
  readonly #onEvent: OnEvent
  readonly #onFault: (fault: unknown) => void
  #seq: number
  /** The last entry, and all before it, are on the disk. */
  #durable: Promise<unknown> = Promise.resolve()

  /** @param seq the number of the last entry that is there */
  constructor(
    { run, seq }: { readonly run: CID; readonly seq: number },
    commits: Commits,
    world: World,
    { onEvent, onFault }: { readonly onEvent: OnEvent; readonly onFault: (fault: unknown) => void },
  ) {
    this.run = run
    this.#seq = seq
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
  write(event: JournalEvent, { change, after, tell }: WriteOptions = {}): Promise<void> {
    this.#seq += 1
    const [seq, at, run] = [this.#seq, this.#world.date(), this.run]
    const written = this.#commits.commit({ ...change, journal: [{ run, seq, at, event }] })
    return this.#tellAfter({ run, seq, at, ...(tell ?? withoutReceipt(event)) }, written, after)
  }

  /** Tells of something that is not written down, after the entries before it. */
  tell(happening: Happening, after?: Promise<unknown>): void {
    const event = { run: this.run, seq: this.#seq, at: this.#world.date(), ...happening }
    this.#tellAfter(event, after).catch(() => {})
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
  /** What is told, where it is more than the entry. */
  readonly tell?: Happening
}

function withoutReceipt(event: JournalEvent): Happening {
  if (event.type === 'settled') throw new Error('of a settled task its receipt is told')
  return event
}
