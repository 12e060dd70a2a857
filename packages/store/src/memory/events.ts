import { cidKey, type CID } from '@ipvm/ipld'
import type { Change } from '../store.ts'
import type {
  CursorRecord,
  FeedPage,
  InboxCounts,
  InboxName,
  InboxState,
  NumberedEvent,
  TriggerRecord,
} from '../trigger.ts'

/** Triggers with their events and cursors. */
export class MemoryEvents {
  readonly #triggers = new Map<string, TriggerRecord>()
  /** By trigger and id, in the order in which they came. */
  readonly #inboxes = new Map<string, Map<string, NumberedEvent>>()
  readonly #cursors = new Map<string, Map<string, Uint8Array>>()
  #numbers = 0

  commit(change: Change): void {
    for (const trigger of change.untriggered ?? []) {
      for (const [name, record] of this.#triggers) if (record.trigger.equals(trigger)) this.#triggers.delete(name)
      this.#inboxes.delete(cidKey(trigger))
      this.#cursors.delete(cidKey(trigger))
    }
    for (const record of change.triggers ?? []) this.#triggers.set(record.name, record)
    for (const event of change.events ?? []) {
      const inbox = inner(this.#inboxes, event.trigger)
      const number = ++this.#numbers
      if (!inbox.has(event.id)) inbox.set(event.id, { ...event, number })
    }
    for (const event of change.handled ?? []) {
      const inbox = inner(this.#inboxes, event.trigger)
      const known = inbox.get(event.id)
      if (known) inbox.set(event.id, { ...event, event: known.event, at: known.at, number: known.number })
    }
    for (const { trigger, id } of change.forgotten ?? []) this.#inboxes.get(cidKey(trigger))?.delete(id)
    for (const { trigger, key, mark } of change.cursors ?? []) {
      const cursors = inner(this.#cursors, trigger)
      if (mark) cursors.set(key, mark)
      else cursors.delete(key)
    }
  }

  triggers(): readonly TriggerRecord[] {
    return [...this.#triggers.values()]
  }

  inbox(trigger: CID, state: InboxState, { after, limit }: FeedPage): readonly NumberedEvent[] {
    const all = [...(this.#inboxes.get(cidKey(trigger))?.values() ?? [])]
    return all.filter(event => event.state === state && event.number > after).slice(0, limit)
  }

  event({ trigger, id }: InboxName): NumberedEvent | undefined {
    return this.#inboxes.get(cidKey(trigger))?.get(id)
  }

  counts(trigger: CID): InboxCounts {
    const counts = { waiting: 0, delivered: 0, dead: 0 }
    for (const { state } of this.#inboxes.get(cidKey(trigger))?.values() ?? []) counts[state] += 1
    return counts
  }

  cursors(trigger: CID, { limit, after = '' }: { limit: number; after?: string }): readonly CursorRecord[] {
    const all = [...(this.#cursors.get(cidKey(trigger)) ?? [])].map(([key, mark]) => ({ key, mark }))
    const sorted = all.sort((a, b) => (a.key < b.key ? -1 : 1))
    return sorted.filter(({ key }) => key > after).slice(0, limit)
  }
}

function inner<T>(map: Map<string, Map<string, T>>, trigger: CID): Map<string, T> {
  const key = cidKey(trigger)
  const known = map.get(key) ?? new Map<string, T>()
  map.set(key, known)
  return known
}
