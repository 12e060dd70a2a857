import { StoreError, type Change, type Store } from '@ipvm/store'
import { Front } from './front.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'

/** How long a disk takes to have something for good, in general, milliseconds. */
export const diskSpeeds = { fast: 1, slow: 40, verySlow: 900 } as const

/** What a disk may be made to do wrong, by which it is seen whether anybody would notice. */
export interface DiskFaults {
  /** Says that a change is there for good as soon as it has heard of it. */
  readonly acknowledgesAtOnce?: boolean
  /** Writes a change in two halves, the second of which may be lost. */
  readonly tearsChanges?: boolean
  /** Lets everybody have the claim. */
  readonly claimsForAll?: boolean
}

/** What a disk is made of. */
export interface DiskParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly trace: Trace
  /** What is there for good; whoever is born later finds this and nothing else. */
  readonly base: Store
  readonly faults: DiskFaults
  /** Told of each change when it is there for good, before anybody else is. */
  readonly onDurable: (change: Change, owner: string) => void
  readonly count: (what: string, times: number) => void
}

/** A disk that several processes share, and what waits in each of them to be written to it. */
export class SimulatedDisk {
  readonly parts: DiskParts
  speed: keyof typeof diskSpeeds = 'fast'
  full = false
  claimed: Life | undefined
  /** Groups of changes that were written, by the process that did. */
  readonly #groups = new Map<string, number>()
  #written = 0

  constructor(parts: DiskParts) {
    this.parts = parts
  }

  /** What one process waits for. */
  writer(life: Life): DiskWriter {
    const writer = new DiskWriter(this, life)
    life.onEnd(() => {
      writer.tear()
      if (this.claimed === life) this.claimed = undefined
    })
    return writer
  }

  /** A number that is another one when anybody else has written. */
  foreignWrites(life: Life): number {
    return this.#written - (this.#groups.get(life.name) ?? 0)
  }

  /** Has a change for good. Rejects where the store below does not take it. */
  async keep(change: Change, life: Life): Promise<void> {
    const { base, onDurable } = this.parts
    await base.commit(change)
    onDurable(change, life.name)
  }

  count(life: Life): void {
    this.#written += 1
    this.#groups.set(life.name, (this.#groups.get(life.name) ?? 0) + 1)
  }
}

interface Waiting {
  readonly change: Change
  readonly done: PromiseWithResolvers<void>
}

/** Changes of one process on their way to the disk, in groups that are written one after the other. */
export class DiskWriter {
  readonly #disk: SimulatedDisk
  readonly #life: Life
  #gathering: Waiting[] = []
  #writing: Waiting[] = []
  #front = new Front()
  #frontWriting = new Front()
  #scheduled = false

  constructor(disk: SimulatedDisk, life: Life) {
    this.#disk = disk
    this.#life = life
  }

  /** What can be read already, the newest first. */
  get fronts(): readonly Front[] {
    return [this.#front, this.#frontWriting]
  }

  /** Resolves when the change is on the disk. */
  commit(change: Change): Promise<void> {
    const waiting = { change, done: Promise.withResolvers<void>() }
    this.#gathering.push(waiting)
    this.#front.add(change)
    this.#schedule()
    if (!this.#disk.parts.faults.acknowledgesAtOnce) return waiting.done.promise
    waiting.done.promise.catch(() => {})
    return Promise.resolve()
  }

  /** Resolves when all that was committed before is on the disk, or was refused. */
  async caughtUp(): Promise<void> {
    const last = this.#gathering.at(-1) ?? this.#writing.at(-1)
    await last?.done.promise.catch(() => {})
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing.length > 0) return
    this.#scheduled = true
    const { time, random } = this.#disk.parts
    time.after(random.below(4), () => {
      this.#scheduled = false
      if (this.#life.alive) this.#write()
    })
  }

  #write(): void {
    const { time, random } = this.#disk.parts
    this.#writing = this.#gathering
    this.#frontWriting = this.#front
    this.#gathering = []
    this.#front = new Front()
    const takes = random.around(diskSpeeds[this.#disk.speed])
    if (this.#life.endsWaitingFor === 'disk') time.after(random.below(takes + 1), () => this.#life.end())
    time.after(takes, () => {
      if (this.#life.alive) this.#finish()
    })
  }

  #finish(): void {
    const written = this.#writing
    this.#writing = []
    this.#frontWriting = new Front()
    const { trace } = this.#disk.parts
    if (this.#disk.full) {
      this.#disk.parts.count('changes refused', written.length)
      trace.tell('full', `${written.length} changes of ${this.#life.name} are refused`)
      for (const { done } of written) done.reject(new StoreError('StoreFull', 'the disk is full', undefined))
    } else {
      trace.tell('disk', `has ${written.length} changes of ${this.#life.name}`)
      void this.#keep(written)
      this.#disk.count(this.#life)
    }
    if (this.#gathering.length > 0) this.#schedule()
  }

  async #keep(written: readonly Waiting[]): Promise<void> {
    const kept = await Promise.allSettled(written.map(({ change }) => this.#disk.keep(change, this.#life)))
    for (const [i, { done }] of written.entries()) {
      const outcome = kept[i]
      if (outcome?.status === 'rejected') done.reject(outcome.reason)
      else done.resolve()
    }
  }

  /** The process ended: of what was being written the disk has the beginning, as it happens, and of the rest nothing. */
  tear(): void {
    const { random, trace, faults, count } = this.#disk.parts
    const pending = this.#writing
    const torn = faults.tearsChanges ? pending.findIndex(({ change }) => change.receipts && change.journal) : -1
    const some = random.below(pending.length + 1)
    const kept = this.#disk.full ? 0 : torn < 0 ? some : torn
    const lost = pending.length - kept + this.#gathering.length
    count('changes lost', lost)
    count('changes kept unheard', kept)
    trace.tell('torn', `${kept} changes of ${this.#life.name} are there, ${lost} are lost`)
    const keep = (change: Change) => this.#disk.keep(change, this.#life).catch(() => {})
    for (const { change } of pending.slice(0, kept)) void keep(change)
    const next = pending[torn]
    if (next && !this.#disk.full) void keep(half(next.change))
    if (kept > 0) this.#disk.count(this.#life)
  }
}

/** What a store that is no transaction leaves of a change: what is said of its receipts, and not the receipts. */
function half({ journal, concluded, runStarted }: Change): Change {
  return { ...(journal && { journal }), ...(concluded && { concluded }), ...(runStarted && { runStarted }) }
}
