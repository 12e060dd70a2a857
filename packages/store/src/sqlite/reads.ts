import { cidKey, type CID } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import type { BlockEntry, Page, PageOptions } from '../housekeeping.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Equivocation } from '../housekeeping.ts'
import type { Store } from '../store.ts'
import { resultKey } from './front.ts'
import { kvKey, kvRows, together, type Reader } from './reader.ts'
import {
  blob,
  cidIn,
  cursorRecord,
  inboxRecord,
  intent,
  journalEntry,
  kvChangeEntry,
  kvEntry,
  nameIndex,
  optional,
  pendingRequest,
  receiptEntry,
  runRecord,
  runState,
  runSummary,
  scheduleRecord,
  storedReport,
  triggerRecord,
  type Row,
} from './rows.ts'

type Reads<Name extends keyof Store> = Pick<Store, Name>

/** Reads what is content-addressed, and how it is found. */
export function contentReads({
  sql,
  read,
  readAfter,
  newest,
}: Reader): Reads<
  'aliased' | 'block' | 'equivocation' | 'hasBlock' | 'isSecret' | 'receiptsOf' | 'report' | 'resultsFor'
> {
  return {
    block: async cid => {
      const key = cidKey(cid)
      return newest(({ blocks }) => blocks.get(key)) ?? read(() => blob(sql.block.get(cid.bytes), 'bytes'))
    },
    hasBlock: async cid => {
      const key = cidKey(cid)
      return newest(({ blocks }) => blocks.get(key)) ? true : read(() => sql.hasBlock.get(cid.bytes) !== undefined)
    },
    resultsFor: async (name, profile) => {
      const key = resultKey(name, profile)
      const more: CID[] = []
      newest(({ results }) => void more.unshift(...(results.get(key) ?? [])))
      const written = await read(() => sql.results.all(name.bytes, profile).map(row => cidIn(row, 'receipt')))
      return together(written, more)
    },
    equivocation: (task, profile) =>
      readAfter(equivocationKinds, () => equivocationOf(task, profile, sql.equivocation.all(task.bytes, profile))),
    receiptsOf: task => readAfter(['receipts'], () => sql.receiptsOf.all(task.bytes).map(row => cidIn(row, 'cid'))),
    report: async receipt => {
      const key = cidKey(receipt)
      return (
        newest(({ reports }) => reports.get(key)) ?? read(() => optional(sql.report.get(receipt.bytes), storedReport))
      )
    },
    aliased: async alias => {
      const key = cidKey(alias)
      return (
        newest(({ aliases }) => aliases.get(key)) ??
        read(() => optional(sql.aliased.get(alias.bytes), row => cidIn(row, 'name')))
      )
    },
    isSecret: async cid => {
      const key = cidKey(cid)
      const isNew = newest(({ secrets }) => secrets.has(key) || undefined)
      return isNew ?? read(() => sql.isSecret.get(cid.bytes) !== undefined)
    },
  }
}

const journalKinds = ['runStarted', 'journal'] as const

/** Reads runs. */
export function runReads({
  sql,
  readAfter,
  readRun,
}: Reader): Reads<'journal' | 'openRuns' | 'run' | 'runOf' | 'runs'> {
  return {
    runs: (limit, before) => {
      const rows = () => (before ? sql.runsBefore.all(before.bytes, limit) : sql.runs.all(limit))
      return readAfter(journalKinds, () => rows().map(row => runSummary(sql, row)))
    },
    run: id => readRun(id, () => optional(sql.run.get(id.bytes), row => runRecord(sql, row))),
    runOf: workflow =>
      readAfter(journalKinds, () => optional(sql.runOf.get(workflow.bytes), row => runRecord(sql, row))),
    openRuns: () => readAfter(journalKinds, () => sql.openRuns.all().map(runState)),
    journal: (run, after = 0) =>
      readRun(run, () => sql.journal.all(run.bytes, after).map(row => journalEntry(run, row))),
  }
}

const scheduleKinds = ['schedules', 'unscheduled'] as const

/** Reads what is under way, and this node's own values. */
export function doingReads({
  sql,
  read,
  readAfter,
  newest,
}: Reader): Reads<
  'dueSchedules' | 'intent' | 'intents' | 'kv' | 'kvList' | 'kvVersion' | 'requests' | 'schedule' | 'schedules'
> {
  return {
    intent: async task => {
      const key = cidKey(task)
      const known = newest(({ intents }) => (intents.has(key) ? { intent: intents.get(key) } : undefined))
      return known ? known.intent : read(() => optional(sql.intent.get(task.bytes), intent))
    },
    intents: () => readAfter(['intents', 'concluded'], () => sql.intents.all().map(intent)),
    requests: () => readAfter(['requests', 'taken'], () => sql.requests.all().map(pendingRequest)),
    schedules: () => readAfter(scheduleKinds, () => sql.schedules.all().map(scheduleRecord)),
    schedule: cid => readAfter(scheduleKinds, () => optional(sql.schedule.get(cid.bytes), scheduleRecord)),
    dueSchedules: now =>
      readAfter(scheduleKinds, () => {
        const next = sql.nextSchedule.get(now)?.due
        return { due: sql.dueSchedules.all(now).map(scheduleRecord), ...(next != null && { next: Number(next) }) }
      }),
    kv: async key => {
      const known = newest(({ kv }) => kv.get(key))
      if (!known) return read(() => optional(sql.kv.get(kvKey(key)), kvEntry))
      const { value, version } = known
      return value && { key, value, version }
    },
    kvVersion: async key => {
      const known = newest(({ kv }) => kv.get(key))
      return known?.version ?? read(() => Number(sql.kvVersion.get(kvKey(key))?.version ?? 0))
    },
    kvList: (prefix, page) => readAfter(['kv'], () => kvRows(sql, prefix, page).map(kvEntry)),
  }
}

const inboxKinds = ['events', 'handled', 'forgotten', 'untriggered'] as const

/** Reads what starts workflows. */
export function eventReads({
  sql,
  readAfter,
}: Reader): Reads<
  'cursors' | 'feedEnd' | 'inbox' | 'inboxCounts' | 'inboxEvent' | 'kvFeed' | 'receiptFeed' | 'triggers'
> {
  return {
    triggers: () => readAfter(['triggers', 'untriggered'], () => sql.triggers.all().map(triggerRecord)),
    inbox: ({ bytes }, state, { after, limit }) =>
      readAfter(inboxKinds, () => sql.inbox.all(bytes, state, after, limit).map(inboxRecord)),
    inboxEvent: ({ trigger, id }) =>
      readAfter(inboxKinds, () => optional(sql.inboxEvent.get(trigger.bytes, id), inboxRecord)),
    inboxCounts: trigger =>
      readAfter(inboxKinds, () => {
        const rows = sql.inboxCounts.all(trigger.bytes)
        const counted = rows.map(({ state, events }) => [String(state), Number(events)] as const)
        return { waiting: 0, delivered: 0, dead: 0, ...Object.fromEntries(counted) }
      }),
    cursors: ({ bytes }, { limit, after = '' }) =>
      readAfter(['cursors', 'untriggered'], () => sql.cursors.all(bytes, after, limit).map(cursorRecord)),
    receiptFeed: ({ after, limit }) =>
      readAfter(['receipts'], () => sql.receiptFeed.all(after, limit).map(receiptEntry)),
    kvFeed: ({ after, limit }) => readAfter(['kv'], () => sql.kvFeed.all(after, limit).map(kvChangeEntry)),
    feedEnd: feed => {
      const statement = feed === 'kv' ? sql.lastKv : sql.lastReceipt
      return readAfter([feed], () => Number(statement.get()?.number ?? 0))
    },
  }
}

/** Reads names, revocations, and whom to trust. */
export function nameReads({
  sql,
  readAfter,
}: Reader): Reads<'localName' | 'localNames' | 'names' | 'revokersOf' | 'sourceMap' | 'trusts'> {
  return {
    revokersOf: cid =>
      readAfter(['revocations'], () => sql.revokers.all(cid.bytes).map(row => String(row.revoker) as Did)),
    names: (iss, name) =>
      readAfter(['names'], () => newestFirst(sql.names.all(withoutFragment(iss), name).map(nameIndex))),
    sourceMap: mod => readAfter(['sourceMaps'], () => optional(sql.sourceMap.get(mod.bytes), row => cidIn(row, 'map'))),
    localName: local =>
      readAfter(['localNames'], () => optional(sql.localName.get(local), row => cidIn(row, 'record'))),
    localNames: () =>
      readAfter(['localNames'], () =>
        inOrder(sql.localNames.all().map(row => ({ local: String(row.local), record: cidIn(row, 'record') }))),
      ),
    trusts: executor =>
      readAfter(['trusted', 'untrusted'], () => sql.trusts.get(withoutFragment(executor)) !== undefined),
  }
}

const blockKinds = ['blocks', 'names', 'receipts', 'revocations'] as const

/** Reads what the store holds as a whole. */
export function lists({
  sql,
  readAfter,
}: Reader): Reads<
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
    listBlocks: page => readAfter(blockKinds, () => pageOf(sql.listBlocks.all(...range(page)), page, blockEntry)),
    listReceipts: page =>
      readAfter(['receipts'], () => pageOf(sql.listReceipts.all(...range(page)), page, row => cidIn(row, 'cid'))),
    listRevocations: () => readAfter(['revocations'], () => sql.listRevocations.all().map(row => cidIn(row, 'token'))),
    listEquivocations: () => readAfter(equivocationKinds, () => equivocations(sql.listEquivocations.all())),
    listNames: () => readAfter(['names'], () => sql.listNames.all().map(row => cidIn(row, 'record'))),
    listSourceMaps: () =>
      readAfter(['sourceMaps'], () =>
        sql.listSourceMaps.all().map(row => ({ mod: cidIn(row, 'mod'), map: cidIn(row, 'map') })),
      ),
    listSecrets: () => readAfter(['secrets'], () => sql.listSecrets.all().map(row => cidIn(row, 'cid'))),
    pins: () => readAfter(['pinned', 'unpinned'], () => sql.pins.all().map(row => cidIn(row, 'cid'))),
  }
}

const equivocationKinds = ['equivocations', 'refuted'] as const

function equivocations(rows: readonly Row[]): readonly Equivocation[] {
  const all = Map.groupBy(rows, row => `${cidKey(cidIn(row, 'task'))} ${String(row.profile)}`)
  return [...all.values()].flatMap(some => {
    const [first] = some
    return (first && equivocationOf(cidIn(first, 'task'), String(first.profile), some)) ?? []
  })
}

/** One that is alone contradicts nothing. */
function equivocationOf(task: CID, profile: string, rows: readonly Row[]): Equivocation | undefined {
  if (rows.length < 2) return undefined
  const receipts = rows.map(row => cidIn(row, 'receipt'))
  const refuted = rows.filter(row => row.refuted === 1).map(row => cidIn(row, 'receipt'))
  return { task, profile, receipts, refuted }
}

function range({ limit, after }: PageOptions): [after: number, limit: number] {
  return [Number(after ?? 0), limit]
}

function pageOf<T>(rows: readonly Row[], { limit }: PageOptions, map: (row: Row) => T): Page<T> {
  const last = rows.length < limit ? undefined : rows.at(-1)
  return { items: rows.map(map), ...(last && { next: Number(last.number) }) }
}

function blockEntry(row: Row): BlockEntry {
  return { cid: cidIn(row, 'cid'), size: Number(row.size), used: Number(row.used) }
}
