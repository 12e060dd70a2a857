import { cidOf, codec, type CID } from '@ipvm/ipld'
import { eventBlock, type Begun, type Runtime, type World } from '@ipvm/runtime'
import { eachEvent, type CursorChange, type InboxRecord, type NumberedEvent, type Store } from '@ipvm/store'
import { attemptsMax, backoffMilliseconds, depthMax, noPlaceMilliseconds } from '../limits.ts'
import type { Trigger } from '../trigger/document.ts'
import { Pace } from './pace.ts'

/** What a source found. */
export interface Found {
  readonly id: string
  readonly type: string
  readonly data: Parameters<typeof eventBlock>[0]['data']
  /** When it happened, milliseconds since 1970; now, where it is absent. */
  readonly time?: number
  /** How many events led to it, one by the other. */
  readonly depth?: number
}

/** What is told of a trigger. */
export interface EventNews {
  readonly trigger: string
  readonly type: 'delivered' | 'dead' | 'failed' | 'problem'
  readonly id?: string
  readonly message: string
}

/** What it takes to deliver events. */
export interface DeliveryParts {
  readonly store: Store
  readonly runtime: Pick<Runtime, 'begin' | 'ended'>
  readonly world: World
  readonly onNews: (news: EventNews) => void
}

type Refused = Exclude<Awaited<ReturnType<Runtime['begin']>>, { ok: unknown }>['error']

/**
 * Delivers the events of a trigger: each in its order, some at a time, and once, since the run's nonce is made of the
 * trigger and the event. What is taken is written down before anybody is told.
 */
export class Delivery {
  readonly cid: CID
  readonly trigger: Trigger
  readonly #parts: DeliveryParts
  readonly #pace: Pace
  /** Those that are being brought. */
  readonly #busy = new Set<string>()
  #running = 0
  #waiting = 0
  #working: Promise<void> | undefined
  #isAsked = false
  #isClosed = false
  #cancel: (() => void) | undefined
  #onRoom: (() => void) | undefined

  constructor(cid: CID, trigger: Trigger, parts: DeliveryParts) {
    this.cid = cid
    this.trigger = trigger
    this.#parts = parts
    this.#pace = new Pace(trigger.perMinute, parts.world)
  }

  /** How many events wait, as far as it is known; a duplicate may count until they are counted anew. */
  get waiting(): number {
    return this.#waiting
  }

  /** Whether as many events wait as may. */
  get isFull(): boolean {
    return this.#waiting >= this.trigger.waiting
  }

  /** Calls back when fewer events wait than may. */
  onRoom(callback: () => void): void {
    this.#onRoom = callback
  }

  async open(): Promise<void> {
    await this.#count()
    this.kick()
  }

  /** Writes down what was found, together with up to where the source was looked at; then it is as good as delivered. */
  async take(found: readonly Found[], cursors: readonly CursorChange[] = []): Promise<void> {
    const taken = found.map(one => this.prepare(one))
    const blocks = taken.map(({ block }) => block)
    const events = taken.map(({ record }) => record)
    // Counted at once: what comes meanwhile has to find the place taken.
    const waiting = events.filter(({ state }) => state === 'waiting').length
    this.#waiting += waiting
    try {
      await this.#parts.store.commit({ blocks, events, cursors })
    } catch (fault) {
      this.#waiting -= waiting
      throw fault
    }
    for (const { record } of taken)
      if (record.state === 'dead') this.#tell('dead', record.cause?.message ?? '', record.id)
    if (found.length > 0) this.kick()
  }

  /** An event as it is written down. One that too many events led to is dead from the start. */
  prepare({ id, type, data, time, depth = 0 }: Found) {
    const at = this.#parts.world.date()
    const { name, source } = this.trigger
    const block = eventBlock({ id, source: `${source.kind}:${name}`, type, time: time ?? at, data, depth })
    const record: InboxRecord = { trigger: this.cid, id, event: block.cid, at, state: 'waiting', attempts: 0 }
    if (depth <= depthMax) return { block, record }
    const message = `${depth} events led to it, one by the other: its own runs cause it; at most ${depthMax} may`
    return { block, record: { ...record, state: 'dead' as const, cause: { name: 'TooDeep', message } } }
  }

  /** Brings what waits, soon. */
  kick(): void {
    this.#isAsked = true
    if (this.#isClosed || this.#working) return
    this.#working = this.#work()
      .catch((thrown: unknown) => {
        this.#tell('problem', thrown instanceof Error ? thrown.message : String(thrown))
        this.#later(noPlaceMilliseconds)
      })
      .finally(() => {
        this.#working = undefined
        if (this.#isAsked) this.kick()
      })
  }

  /** Has a run of the node's own for one event; written down with it, that it was delivered. */
  begin({ id, event }: Pick<InboxRecord, 'id' | 'event'>, deliver: (run: CID) => Parameters<Store['commit']>[0]) {
    const { workflow, only } = this.trigger
    const request = { nonce: nonceOf(this.cid, id), event, ...(only && { only }) }
    return this.#parts.runtime.begin(workflow, request, { change: deliver })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#isAsked = false
    this.#cancel?.()
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false
      const { ready, next } = await this.#ready()
      const wasFull = this.isFull
      await Promise.all(ready.map(event => this.#deliver(event)))
      await this.#count()
      if (wasFull && !this.isFull) this.#onRoom?.()
      if (next !== undefined) this.#later(next - this.#parts.world.date())
    }
  }

  async #count(): Promise<void> {
    this.#waiting = (await this.#parts.store.inboxCounts(this.cid)).waiting
  }

  /** What may be brought now, and when the next may be. */
  async #ready(): Promise<{ ready: readonly NumberedEvent[]; next?: number }> {
    const { store, world } = this.#parts
    const ready: NumberedEvent[] = []
    let next: number | undefined
    for await (const event of eachEvent(store, this.cid, 'waiting')) {
      // Who has ended makes room, and asks for more.
      if (this.#running + ready.length >= this.trigger.parallel) break
      if (this.#busy.has(event.id)) continue
      const due = event.due ?? 0
      if (due > world.date()) {
        next = Math.min(next ?? due, due)
        continue
      }
      const pause = this.#pace.take()
      if (pause > 0) {
        next = Math.min(next ?? Number.POSITIVE_INFINITY, world.date() + pause)
        break
      }
      ready.push(event)
    }
    return { ready, ...(next !== undefined && { next }) }
  }

  async #deliver(event: NumberedEvent): Promise<void> {
    this.#busy.add(event.id)
    try {
      const begun = await this.begin(event, run => ({ handled: [delivered(event, run)] }))
      if ('ok' in begun) this.#follow(event.id, begun.ok)
      else await this.#refused(event, begun.error)
    } finally {
      this.#busy.delete(event.id)
    }
  }

  #follow(id: string, { run, ended }: Begun): void {
    this.#running += 1
    this.#tell('delivered', `run ${run}`, id)
    ended
      .then(
        ({ end }) => {
          if (end === 'failed' || end === 'cancelled') this.#tell('failed', `its run ${run} ended: ${end}`, id)
        },
        () => {},
      )
      .finally(() => {
        this.#running -= 1
        this.kick()
      })
  }

  async #refused(event: NumberedEvent, refusal: Refused): Promise<void> {
    const { store, world } = this.#parts
    const { name, message } = refusal
    if (name === 'Replayed' && 'run' in refusal && refusal.run) {
      return store.commit({ handled: [delivered(event, refusal.run)] })
    }
    // There is no place now: that says nothing of the event.
    if (name === 'Busy' || name === 'StoreFull') return this.#later(noPlaceMilliseconds)
    const attempts = event.attempts + 1
    const cause = { name, message }
    const { due: _, number: __, ...known } = event
    if (attempts >= attemptsMax) {
      await store.commit({ handled: [{ ...known, state: 'dead', attempts, cause }] })
      return this.#tell('dead', message, event.id)
    }
    const pause = backoffMilliseconds * 2 ** (attempts - 1)
    const due = world.date() + pause
    await store.commit({ handled: [{ ...known, attempts, due, cause }] })
    this.#later(pause)
  }

  #later(milliseconds: number): void {
    if (this.#isClosed) return
    this.#cancel?.()
    this.#cancel = this.#parts.world.after(Math.max(1, milliseconds), () => this.kick())
  }

  #tell(type: EventNews['type'], message: string, id?: string): void {
    this.#parts.onNews({ trigger: this.trigger.name, type, message, ...(id !== undefined && { id }) })
  }
}

function delivered({ trigger, id, event, at, attempts }: InboxRecord, run: CID): InboxRecord {
  return { trigger, id, event, at, attempts, state: 'delivered', run }
}

const nonceBytes = 16
const utf8 = new TextEncoder()

/** The nonce of an event's run: the same whenever it is delivered, so that it is one run. */
export function nonceOf(trigger: CID, id: string): Uint8Array {
  const name = utf8.encode(id)
  const both = new Uint8Array(trigger.bytes.length + name.length)
  both.set(trigger.bytes)
  both.set(name, trigger.bytes.length)
  return cidOf(codec.raw, both).multihash.digest.slice(0, nonceBytes)
}
