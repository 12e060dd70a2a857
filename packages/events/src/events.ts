import { error, ok, type CID, type Failure, type Result, type Unit, type Value } from '@ipvm/ipld'
import type { RequestFailure, Runtime, World } from '@ipvm/runtime'
import { eachEvent, forgetEvents, type InboxCounts, type NumberedEvent, type Store } from '@ipvm/store'
import { Delivery, type EventNews } from './inbox/delivery.ts'
import { forgetMilliseconds, triggersMax } from './limits.ts'
import { followFeed, fromNow } from './source/feed.ts'
import { marksOf, watchFiles } from './source/file.ts'
import { readFolder } from './source/folder.ts'
import { kvSource } from './source/kv.ts'
import { looking, type Looking } from './source/looking.ts'
import { receiptSource } from './source/receipt.ts'
import { readTrigger, triggerBlock, type Trigger } from './trigger/document.ts'

/** Secrets by their names. */
export interface SecretSource {
  get(name: string): Promise<Result<Value, Failure>>
}

/** What a node's events are made of. */
export interface EventsParts {
  readonly store: Store
  readonly runtime: Runtime
  readonly world: World
  /** The secrets of the node's owner, by which webhooks are checked. */
  readonly secrets: SecretSource
  readonly onNews?: (news: EventNews) => void
}

/** A trigger of this name is there already. */
export interface NameTaken extends Failure {
  readonly name: 'NameTaken'
}

/** There is no trigger, or no event, of this name. */
export interface UnknownTrigger extends Failure {
  readonly name: 'UnknownTrigger' | 'UnknownEvent'
}

/** A trigger with what waits for it; `trigger` is absent where its document is gone or damaged. */
export interface TriggerStatus {
  readonly name: string
  readonly cid: CID
  readonly workflow: CID
  readonly trigger?: Trigger
  readonly counts: InboxCounts
}

/** An event that came to no good end: it could not be delivered, or its run failed. */
export interface DeadEvent extends NumberedEvent {
  readonly reason: string
}

interface Active {
  readonly delivery: Delivery
  readonly looking: Looking | undefined
}

/**
 * What starts workflows, while the node has the right to run them: takes what happens, and delivers it. Anybody may add
 * triggers, take them away and look at them.
 */
export class Events {
  readonly parts: EventsParts
  readonly #active = new Map<string, Active>()
  readonly #onNews: (news: EventNews) => void
  #triggers: Looking | undefined
  #forgetting: Looking | undefined
  #stopListening: (() => void) | undefined

  constructor(parts: EventsParts) {
    this.parts = parts
    this.#onNews = parts.onNews ?? (() => {})
  }

  /** Keeps a trigger from now on: what was there before is no event. Failures: `NameTaken`, and what its source says. */
  async add(trigger: Trigger): Promise<Result<CID, Failure>> {
    const { store } = this.parts
    const known = await store.triggers()
    if (known.some(({ name }) => name === trigger.name)) {
      const message = `there is a trigger "${trigger.name}" already: choose another name, or let go of it: ipvm off ${trigger.name}`
      return error({ name: 'NameTaken', message })
    }
    if (known.length >= triggersMax) return error({ name: 'TooMany', message: `a node has ${triggersMax} triggers` })
    const block = triggerBlock(trigger)
    const cursors = await this.#cursors(block.cid, trigger)
    if ('error' in cursors) return cursors
    const record = { name: trigger.name, trigger: block.cid, workflow: trigger.workflow }
    await store.commit({ blocks: [block], triggers: [record], cursors: cursors.ok })
    this.#triggers?.look()
    return ok(block.cid)
  }

  /** Lets go of a trigger, with its events; runs that it began go on. Failure: `UnknownTrigger`. */
  async remove(name: string): Promise<Result<Unit, UnknownTrigger>> {
    const found = await this.#find(name)
    if ('error' in found) return found
    await this.parts.store.commit({ untriggered: [found.ok.trigger] })
    this.#triggers?.look()
    return ok({})
  }

  /** All triggers, with what waits for them. */
  async list(): Promise<readonly TriggerStatus[]> {
    const { store } = this.parts
    const all = await store.triggers()
    return Promise.all(
      all.map(async ({ name, trigger: cid, workflow }) => {
        const bytes = await store.block(cid)
        const read = bytes && readTrigger(bytes)
        const counts = await store.inboxCounts(cid)
        return { name, cid, workflow, counts, ...(read && 'ok' in read && { trigger: read.ok }) }
      }),
    )
  }

  /** The events of a trigger that came to no good end, the oldest first. Failure: `UnknownTrigger`. */
  async dead(name: string): Promise<Result<readonly DeadEvent[], UnknownTrigger>> {
    const found = await this.#find(name)
    if ('error' in found) return found
    const { store } = this.parts
    const dead: DeadEvent[] = []
    for await (const event of eachEvent(store, found.ok.trigger, 'dead')) {
      dead.push({ ...event, reason: event.cause?.message ?? 'nobody knows why' })
    }
    for await (const event of eachEvent(store, found.ok.trigger, 'delivered')) {
      const run = event.run && (await store.run(event.run))
      if (run?.end === 'failed' || run?.end === 'cancelled')
        dead.push({ ...event, reason: `its run ${run.run} ended: ${run.end}` })
    }
    return ok(dead.sort((a, b) => a.number - b.number))
  }

  /**
   * Has an event that came to no good end delivered again; where its run failed, what failed in that is settled anew, and
   * nothing else is done twice.
   */
  async retry(name: string, id: string): Promise<Result<Unit, UnknownTrigger | RequestFailure>> {
    const event = await this.#event(name, id)
    if ('error' in event) return event
    const { store, runtime } = this.parts
    const { run, trigger, event: block, at } = event.ok
    if (event.ok.state === 'dead') {
      await store.commit({ handled: [{ trigger, id, event: block, at, state: 'waiting', attempts: 0 }] })
      this.kick()
      return ok({})
    }
    const record = run && (await store.run(run))
    const failed = record?.settled.filter(({ how }) => how === 'failed') ?? []
    if (!record || (record.end !== 'failed' && record.end !== 'cancelled') || failed.length === 0) {
      return error({ name: 'UnknownEvent', message: `"${id}" did not fail; ipvm on ${name} --dead lists what did` })
    }
    for (const { label } of failed) {
      const asked = await runtime.request(record.run, { type: 'retry', label })
      if ('error' in asked) return asked
    }
    return ok({})
  }

  /** Lets go of an event that came to no good end. What sends it again may have it delivered, unless it has run. */
  async drop(name: string, id: string): Promise<Result<Unit, UnknownTrigger>> {
    const event = await this.#event(name, id)
    if ('error' in event) return event
    await this.parts.store.commit({ forgotten: [{ trigger: event.ok.trigger, id }] })
    return ok({})
  }

  /** Takes and delivers events, as long as this process has the right to run workflows. */
  async open(): Promise<void> {
    const { world, store, runtime } = this.parts
    const problem = (message: string) => this.#onNews({ trigger: '', type: 'problem', message })
    await this.#refresh()
    this.#triggers = looking(() => this.#refresh(), lookMilliseconds, world, problem)
    this.#stopListening = runtime.onForeignWrites(() => this.#triggers?.look())
    const forget = async () => void (await forgetEvents(store, world.now()))
    this.#forgetting = looking(forget, forgetMilliseconds, world, problem)
    this.#forgetting.look()
  }

  /** The trigger of a name, while events are taken. */
  active(name: string): Delivery | undefined {
    return this.#active.get(name)?.delivery
  }

  /** Whether there is a trigger that HTTP reaches. */
  get isServed(): boolean {
    return [...this.#active.values()].some(({ delivery }) => isServed(delivery.trigger))
  }

  /** Brings what waits, of all triggers. */
  kick(): void {
    for (const { delivery } of this.#active.values()) delivery.kick()
  }

  async close(): Promise<void> {
    this.#stopListening?.()
    await Promise.all([this.#triggers?.close(), this.#forgetting?.close()])
    await Promise.all([...this.#active.values()].map(closeActive))
    this.#active.clear()
  }

  /** Takes up triggers that are new, and lets go of those that are gone. */
  async #refresh(): Promise<void> {
    const records = await this.parts.store.triggers()
    const wanted = new Map(records.map(record => [record.name, record]))
    for (const [name, active] of this.#active) {
      if (wanted.get(name)?.trigger.equals(active.delivery.cid)) continue
      this.#active.delete(name)
      await closeActive(active)
    }
    for (const { name, trigger: cid } of records) {
      const active = this.#active.get(name)
      // Another process may have said that something is to be brought again.
      if (active) active.delivery.kick()
      else await this.#begin(name, cid)
    }
  }

  async #begin(name: string, cid: CID): Promise<void> {
    const { store, runtime, world } = this.parts
    const bytes = await store.block(cid)
    const read = bytes && readTrigger(bytes)
    if (!read || 'error' in read) {
      const message = `its document ${cid} is gone or damaged; let go of it and make it anew: ipvm off ${name}`
      return this.#onNews({ trigger: name, type: 'problem', message })
    }
    const delivery = new Delivery(cid, read.ok, { store, runtime, world, onNews: this.#onNews })
    await delivery.open()
    const onProblem = (message: string) => this.#onNews({ trigger: name, type: 'problem', message })
    this.#active.set(name, { delivery, looking: watchSource(delivery, this.parts, onProblem) })
  }

  async #cursors(cid: CID, { source }: Trigger) {
    const { store } = this.parts
    if (source.kind === 'kv') return ok([await fromNow(cid, 'kv', store)])
    if (source.kind === 'receipt') return ok([await fromNow(cid, 'receipts', store)])
    if (source.kind !== 'file') return ok([])
    const files = await readFolder(source)
    return 'error' in files ? files : ok(marksOf(cid, files.ok.values()))
  }

  async #find(name: string) {
    const found = (await this.parts.store.triggers()).find(record => record.name === name)
    if (found) return ok(found)
    return error({ name: 'UnknownTrigger' as const, message: `there is no trigger "${name}"; ipvm on lists them` })
  }

  async #event(name: string, id: string): Promise<Result<NumberedEvent, UnknownTrigger>> {
    const found = await this.#find(name)
    if ('error' in found) return found
    const event = await this.parts.store.inboxEvent({ trigger: found.ok.trigger, id })
    if (event) return ok(event)
    return error({
      name: 'UnknownEvent',
      message: `${name} has no event "${id}"; ipvm on ${name} --dead lists those that failed`,
    })
  }
}

/** How often it is looked for triggers though nobody said that there are new ones, milliseconds. */
const lookMilliseconds = 30_000

function isServed({ source }: Trigger): boolean {
  return source.kind === 'http' || source.kind === 'webhook'
}

async function closeActive({ delivery, looking: look }: Active): Promise<void> {
  await look?.close()
  await delivery.close()
}

function watchSource(
  delivery: Delivery,
  { store, world, runtime }: EventsParts,
  onProblem: (message: string) => void,
): Looking | undefined {
  const { source } = delivery.trigger
  const parts = { store, world, onProblem }
  switch (source.kind) {
    case 'kv':
      return followFeed(kvSource(source, store), delivery, parts)
    case 'receipt':
      return followFeed(
        receiptSource(source, store, receipt => runtime.commandOf(receipt)),
        delivery,
        parts,
      )
    case 'file':
      return watchFiles(source, delivery, parts)
    default:
      return undefined
  }
}
