import { CID, decode, encode, isMap } from '@ipvm/ipld'
import type { Change, Store } from '../store.ts'
import type { CursorRecord, FeedPage, KvChangeEntry, NumberedEvent, ReceiptEntry } from '../trigger.ts'
import { asked } from './asked.ts'
import type { Transactions } from './database.ts'
import type { Collection, IndexedDbPlatform, ObjectStore } from './platform.ts'
import type { StoreOf } from './rows.ts'

/** What `triggers` holds. */
interface StoredTrigger {
  readonly name: string
  readonly trigger: string
  readonly workflow: string
}

/** What `inbox` holds. */
interface StoredEvent extends Omit<NumberedEvent, 'number' | 'trigger' | 'event' | 'run' | 'cause'> {
  readonly trigger: string
  readonly event: string
  readonly run?: string
  /** DAG-CBOR. */
  readonly cause?: Uint8Array
}

/** What `kvChanges` holds; the value is in `kv`. */
export interface StoredChange {
  readonly key: string
  readonly version: number
  readonly depth: number
}

type EventReads = Pick<
  Store,
  'cursors' | 'feedEnd' | 'inbox' | 'inboxCounts' | 'inboxEvent' | 'kvFeed' | 'receiptFeed' | 'triggers'
>

/** Reads what starts workflows. */
export function eventReads(
  { read }: Pick<Transactions, 'read'>,
  { IDBKeyRange: ranges }: IndexedDbPlatform,
  valueAt: (store: StoreOf, key: string) => Promise<Uint8Array | undefined>,
): EventReads {
  const after = <T>(collection: Collection, page: FeedPage) =>
    numbered<T>(collection, ranges.lowerBound(page.after, true), page.limit)
  return {
    triggers: () => read(async store => (await all<StoredTrigger>(store('triggers'))).map(triggerOf)),
    inbox: (trigger, state, page) =>
      read(async store => {
        const index = store('inbox').index('state')
        const found = await numbered<StoredEvent>(index, [trigger.toString(), state])
        return found
          .map(eventOf)
          .filter(({ number }) => number > page.after)
          .slice(0, page.limit)
      }),
    inboxEvent: ({ trigger, id }) =>
      read(async store => {
        const [found] = await numbered<StoredEvent>(store('inbox').index('entry'), [trigger.toString(), id])
        return found && eventOf(found)
      }),
    inboxCounts: trigger =>
      read(async store => {
        const index = store('inbox').index('state')
        const count = async (state: string) => (await asked(index.getAllKeys([trigger.toString(), state]))).length
        return { waiting: await count('waiting'), delivered: await count('delivered'), dead: await count('dead') }
      }),
    cursors: (trigger, { limit, after: key = '' }) =>
      read(async store => {
        const range = ranges.bound([trigger.toString(), key], [trigger.toString(), []], true, true)
        const keys = await asked(store('cursors').getAllKeys(range, limit))
        const marks = (await asked(store('cursors').getAll(range, limit))) as readonly Uint8Array[]
        return marks.map((mark, i): CursorRecord => ({ key: Array.isArray(keys[i]) ? String(keys[i][1]) : '', mark }))
      }),
    receiptFeed: page =>
      read(async store => {
        const found = await after<{ cid: string; depth?: number }>(store('receipts'), page)
        return found.map(([number, { cid, depth = 0 }]): ReceiptEntry => ({ number, depth, receipt: CID.parse(cid) }))
      }),
    kvFeed: page =>
      read(async store => {
        const changes: KvChangeEntry[] = []
        for (const [number, change] of await after<StoredChange>(store('kvChanges'), page)) {
          const value = await valueAt(store, change.key)
          changes.push({ number, ...change, ...(value && { value }) })
        }
        return changes
      }),
    feedEnd: feed =>
      read(async store => {
        const last = await asked(store(feed === 'kv' ? 'kvChanges' : feed).openCursor(undefined, 'prev'))
        return Number(last?.primaryKey ?? 0)
      }),
  }
}

/** Writes what starts workflows. */
export async function writeEvents(
  store: StoreOf,
  change: Change,
  { IDBKeyRange: ranges }: IndexedDbPlatform,
): Promise<void> {
  for (const trigger of change.untriggered ?? []) await removeTrigger(store, trigger.toString(), ranges)
  for (const { name, trigger, workflow } of change.triggers ?? []) {
    const row: StoredTrigger = { name, trigger: trigger.toString(), workflow: workflow.toString() }
    await asked(store('triggers').put(row, await asked(store('triggers').index('name').getKey(name))))
  }
  for (const event of change.events ?? []) {
    if ((await keyOf(store('inbox'), event)) === undefined) await asked(store('inbox').put(storedEvent(event)))
  }
  for (const event of change.handled ?? []) {
    const key = await keyOf(store('inbox'), event)
    const known = key === undefined ? undefined : ((await asked(store('inbox').get(key))) as StoredEvent)
    if (known) await asked(store('inbox').put({ ...storedEvent(event), event: known.event, at: known.at }, key))
  }
  for (const name of change.forgotten ?? []) {
    const key = await keyOf(store('inbox'), name)
    if (key !== undefined) store('inbox').delete(key)
  }
  for (const { trigger, key, mark } of change.cursors ?? []) {
    if (mark) store('cursors').put(mark.slice(), [trigger.toString(), key])
    else store('cursors').delete([trigger.toString(), key])
  }
}

/** Notes that a value was changed, in place of the change before. */
export async function noteChange(store: StoreOf, change: StoredChange): Promise<void> {
  for (const number of await asked(store('kvChanges').index('key').getAllKeys(change.key))) {
    store('kvChanges').delete(number)
  }
  await asked(store('kvChanges').put(change))
}

async function removeTrigger(store: StoreOf, trigger: string, ranges: IndexedDbPlatform['IDBKeyRange']): Promise<void> {
  for (const number of await asked(store('triggers').index('trigger').getAllKeys(trigger))) {
    store('triggers').delete(number)
  }
  const own = ranges.bound([trigger], [trigger, []], true, true)
  for (const number of await asked(store('inbox').index('entry').getAllKeys(own))) store('inbox').delete(number)
  for (const key of await asked(store('cursors').getAllKeys(own))) store('cursors').delete(key)
}

async function keyOf(inbox: ObjectStore, { trigger, id }: Parameters<Store['inboxEvent']>[0]): Promise<unknown> {
  return asked(inbox.index('entry').getKey([trigger.toString(), id]))
}

async function all<T>(collection: Collection): Promise<readonly T[]> {
  return (await asked(collection.getAll())) as readonly T[]
}

/** What is found, with its numbers; of one key an index gives what it holds by the numbers. */
async function numbered<T>(
  collection: Collection,
  query: unknown,
  limit?: number,
): Promise<readonly (readonly [number: number, value: T])[]> {
  const keys = await asked(collection.getAllKeys(query, limit))
  const values = (await asked(collection.getAll(query, limit))) as readonly T[]
  return values.map((value, i) => [Number(keys[i]), value] as const)
}

function triggerOf({ name, trigger, workflow }: StoredTrigger) {
  return { name, trigger: CID.parse(trigger), workflow: CID.parse(workflow) }
}

function storedEvent({ trigger, event, run, cause, ...rest }: Omit<NumberedEvent, 'number'>): StoredEvent {
  return {
    ...rest,
    ...{ trigger: trigger.toString(), event: event.toString() },
    ...(run && { run: run.toString() }),
    ...(cause && { cause: encode({ ...cause }).slice() }),
  }
}

function eventOf([number, stored]: readonly [number: number, stored: StoredEvent]): NumberedEvent {
  const { trigger, event, run, cause, ...rest } = stored
  const read = cause && decode(cause)
  const why = read && 'ok' in read && isMap(read.ok) ? read.ok : undefined
  return {
    ...rest,
    ...{ number, trigger: CID.parse(trigger), event: CID.parse(event) },
    ...(run !== undefined && { run: CID.parse(run) }),
    ...(why && { cause: { name: String(why.name), message: String(why.message) } }),
  }
}
