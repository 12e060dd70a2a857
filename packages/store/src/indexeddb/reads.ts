import { CID } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Equivocation } from '../housekeeping.ts'
import type { Report, Store } from '../store.ts'
import { cidAt, cidKeys, entries, lastFirst, pageOf, row, rows } from './collection.ts'
import { asked } from './asked.ts'
import type { Transactions } from './database.ts'
import { findRun, journal, openRuns, runRecord, runSummary } from './journal.ts'
import type { IndexedDbPlatform } from './platform.ts'
import {
  intent,
  journalEntry,
  kvEntry,
  kvKey,
  kvRange,
  pendingRequest,
  scheduleRecord,
  type StoredEquivocation,
  type StoredIntent,
  type StoredName,
  type StoredRequest,
  type StoredResult,
  type StoredSchedule,
  type StoredUse,
  type StoredValue,
  type StoreOf,
} from './rows.ts'

/** How a store reads. */
export interface Reader extends Pick<Transactions, 'read'> {
  readonly platform: IndexedDbPlatform
}

/** Reads what is content-addressed, and how it is found. */
export function contentReads({
  read,
}: Reader): Pick<
  Store,
  'aliased' | 'block' | 'equivocation' | 'hasBlock' | 'isSecret' | 'receiptsOf' | 'report' | 'resultsFor'
> {
  return {
    block: cid =>
      read(async store => {
        const bytes = await asked(store('blocks').get(cid.toString()))
        return bytes instanceof Uint8Array ? bytes : undefined
      }),
    hasBlock: cid => read(async store => (await asked(store('uses').getKey(cid.toString()))) !== undefined),
    resultsFor: (task, profile) =>
      read(async store => {
        const found = await rows<StoredResult>(store('results').index('name'), [task.toString(), profile])
        return found.map(({ receipt }) => CID.parse(receipt))
      }),
    equivocation: (task, profile) =>
      read(async store => {
        const found = await rows<StoredEquivocation>(store('equivocations').index('task'), [task.toString(), profile])
        return (await equivocations(store, found))[0]
      }),
    receiptsOf: task =>
      read(async store => {
        const found = new Map<unknown, string>()
        for (const index of ['ran', 'resolved']) {
          const collection = store('receipts').index(index)
          const keys = await asked(collection.getAllKeys(task.toString()))
          const values = await rows<{ cid: string }>(collection, task.toString())
          for (const [i, { cid }] of values.entries()) found.set(keys[i], cid)
        }
        return [...found].sort(([a], [b]) => Number(a) - Number(b)).map(([, cid]) => CID.parse(cid))
      }),
    report: receipt => read(store => row<Report>(store('reports'), receipt.toString())),
    aliased: alias => read(store => cidAt(store('aliases'), alias.toString())),
    isSecret: cid => read(async store => (await asked(store('secrets').getKey(cid.toString()))) !== undefined),
  }
}

/** Reads names, revocations, and whom to trust. */
export function nameReads({
  read,
}: Reader): Pick<Store, 'localName' | 'localNames' | 'names' | 'revokersOf' | 'sourceMap' | 'trusts'> {
  return {
    names: (iss, name) =>
      read(async store => {
        const found = await rows<StoredName>(store('names').index('name'), [withoutFragment(iss), name])
        return newestFirst(found.map(({ seq, record }) => ({ seq, record: CID.parse(record) })))
      }),
    sourceMap: mod => read(store => cidAt(store('sourceMaps'), mod.toString())),
    localName: local => read(store => cidAt(store('localNames'), local)),
    localNames: () =>
      read(async store => {
        const found = await entries(store('localNames'))
        return inOrder(found.map(([local, record]) => ({ local, record })))
      }),
    revokersOf: cid =>
      read(async store => {
        const found = await rows<{ revoker: Did }>(store('revocations').index('revoked'), cid.toString())
        return found.map(({ revoker }) => revoker)
      }),
    trusts: executor =>
      read(async store => (await asked(store('trusted').getKey(withoutFragment(executor)))) !== undefined),
  }
}

/** Reads runs. */
export function runReads({
  read,
  platform: { IDBKeyRange: ranges },
}: Reader): Pick<Store, 'journal' | 'openRuns' | 'run' | 'runOf' | 'runs'> {
  return {
    runs: (limit, before) =>
      read(async store => {
        const runs = store('runs')
        const number = before && (await asked(runs.index('run').getKey(before.toString())))
        if (before && number === undefined) return []
        const range = before && ranges.upperBound(number, true)
        const found = await lastFirst(runs, range, limit)
        return Promise.all(found.map(run => runSummary(store, ranges, run)))
      }),
    run: id =>
      read(async store => {
        const found = await findRun(store, id)
        return found && runRecord(store, ranges, found)
      }),
    runOf: workflow =>
      read(async store => {
        const [found] = await lastFirst(store('runs').index('workflow'), workflow.toString(), 1)
        return found && runRecord(store, ranges, found)
      }),
    openRuns: () => read(openRuns),
    journal: (run, after = 0) =>
      read(async store => {
        const found = await findRun(store, run)
        const entries = found ? await journal(store, ranges, found.number, after) : []
        return entries.map(entry => journalEntry(run, entry))
      }),
  }
}

/** Reads what is under way, and this node's own values. */
export function doingReads({
  read,
  platform,
}: Reader): Pick<
  Store,
  'dueSchedules' | 'intent' | 'intents' | 'kv' | 'kvList' | 'kvVersion' | 'requests' | 'schedule' | 'schedules'
> {
  const { IDBKeyRange: ranges } = platform
  return {
    intent: task =>
      read(async store => {
        const stored = await row<StoredIntent>(store('intents').index('task'), task.toString())
        return stored && intent(stored)
      }),
    intents: () => read(async store => (await rows<StoredIntent>(store('intents'))).map(intent)),
    requests: () =>
      read(async store => {
        const numbers = await asked(store('requests').getAllKeys())
        return (await rows<StoredRequest>(store('requests'))).map((stored, i) => pendingRequest(numbers[i], stored))
      }),
    schedules: () => read(async store => (await rows<StoredSchedule>(store('schedules'))).map(scheduleRecord)),
    schedule: cid =>
      read(async store => {
        const stored = await row<StoredSchedule>(store('schedules').index('schedule'), cid.toString())
        return stored && scheduleRecord(stored)
      }),
    dueSchedules: now =>
      read(async store => {
        const index = store('schedules').index('due')
        const due = await rows<StoredSchedule>(index, ranges.upperBound(now, false))
        const [next] = (await asked(index.getAll(ranges.lowerBound(now, true), 1))) as readonly StoredSchedule[]
        return { due: due.map(scheduleRecord), ...(next?.due !== undefined && { next: next.due }) }
      }),
    kv: key =>
      read(async store => {
        const stored = await row<StoredValue>(store('kv'), kvKey(key))
        return stored && { key, ...stored }
      }),
    kvVersion: key =>
      read(async store => {
        const stored = await row<StoredValue>(store('kv'), kvKey(key))
        return stored?.version ?? (await row<number>(store('kvGone'), kvKey(key))) ?? 0
      }),
    kvList: (prefix, { limit, after }) =>
      read(async store => {
        const range = kvRange(platform, prefix, after)
        if (!range) return []
        const keys = await asked(store('kv').getAllKeys(range, limit))
        const values = (await asked(store('kv').getAll(range, limit))) as readonly StoredValue[]
        return values.map((stored, i) => kvEntry(keys[i], stored))
      }),
  }
}

/** Where two or more receipts of a task are left; each with the oldest first. */
async function equivocations(store: StoreOf, found: readonly StoredEquivocation[]): Promise<readonly Equivocation[]> {
  const numbers = new Map<string, number>()
  for (const { receipt } of found) {
    numbers.set(receipt, Number(await asked(store('receipts').index('cid').getKey(receipt))))
  }
  const number = ({ receipt }: StoredEquivocation) => numbers.get(receipt) ?? 0
  const inOrder = [...found].sort((a, b) => number(a) - number(b))
  const groups = Map.groupBy(inOrder, ({ task, profile }) => `${task} ${profile}`)
  return [...groups.values()].flatMap(some => {
    const [first] = some
    if (!first || some.length < 2) return []
    const receipts = some.map(({ receipt }) => CID.parse(receipt))
    const refuted = some.filter(one => one.refuted).map(({ receipt }) => CID.parse(receipt))
    return [{ task: CID.parse(first.task), profile: first.profile, receipts, refuted }]
  })
}

/** The value of a key. */
export async function valueAt(store: StoreOf, key: string): Promise<Uint8Array | undefined> {
  return (await row<StoredValue>(store('kv'), kvKey(key)))?.value
}

/** Reads what the store holds as a whole. */
export function lists({
  read,
  platform,
}: Reader): Pick<
  Store,
  | 'listBlocks'
  | 'listEquivocations'
  | 'listNames'
  | 'listReceipts'
  | 'listRevocations'
  | 'listSecrets'
  | 'listSourceMaps'
  | 'pins'
> {
  return {
    listBlocks: page =>
      read(async store => {
        const found = await pageOf<StoredUse>(store('uses'), page, platform)
        return { ...found, items: found.items.map(([key, use]) => ({ cid: CID.parse(String(key)), ...use })) }
      }),
    listReceipts: page =>
      read(async store => {
        const found = await pageOf<{ cid: string }>(store('receipts'), page, platform)
        return { ...found, items: found.items.map(([, { cid }]) => CID.parse(cid)) }
      }),
    listRevocations: () =>
      read(async store => (await rows<{ token: string }>(store('revocations'))).map(({ token }) => CID.parse(token))),
    listEquivocations: () =>
      read(async store => equivocations(store, await rows<StoredEquivocation>(store('equivocations')))),
    listNames: () =>
      read(async store => (await rows<StoredName>(store('names'))).map(({ record }) => CID.parse(record))),
    listSourceMaps: () =>
      read(async store => (await entries(store('sourceMaps'))).map(([mod, map]) => ({ mod: CID.parse(mod), map }))),
    listSecrets: () => read(store => cidKeys(store('secrets'))),
    pins: () => read(store => cidKeys(store('pins'))),
  }
}
