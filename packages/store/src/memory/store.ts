import { cidKey } from '@ipvm/ipld'
import { withoutFragment } from '@ipvm/varsig'
import { dueAt } from '../due.ts'
import { plainClaims } from '../claim.ts'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Page, PageOptions } from '../housekeeping.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Store } from '../store.ts'
import { MemoryState } from './state.ts'

/** A store that lasts as long as the process: for tests, and for work that needs no memory of itself. */
export function openMemoryStore({ now = systemSeconds }: StoreOptions = {}): Store {
  const state = new MemoryState()
  const { blocks, results, receipts, reports, runs, aliases, revokers, names } = state
  return {
    block: async cid => blocks.get(cidKey(cid))?.bytes,
    hasBlock: async cid => blocks.has(cidKey(cid)),
    resultsFor: async (name, profile) => [...(results.get(`${cidKey(name)} ${profile}`)?.values() ?? [])],
    equivocation: async (task, profile) => state.equivocations.get(`${cidKey(task)} ${profile}`),
    receiptsOf: async task => [...(receipts.get(cidKey(task))?.values() ?? [])],
    report: async receipt => reports.get(cidKey(receipt)),
    aliased: async alias => aliases.get(cidKey(alias)),
    revokersOf: async cid => [...(revokers.get(cidKey(cid))?.keys() ?? [])],
    names: async (iss, name) => newestFirst([...(names.get(`${withoutFragment(iss)}/${name}`)?.values() ?? [])]),
    sourceMap: async mod => state.sourceMaps.get(cidKey(mod))?.map,
    localName: async local => state.localNames.get(local),
    localNames: async () => inOrder([...state.localNames].map(([local, record]) => ({ local, record }))),
    runs: async (limit, before) => runs.list(limit, before),
    run: async id => runs.record(id),
    runOf: async workflow => runs.recordOf(workflow),
    openRuns: async () => runs.open(),
    journal: async (run, after = 0) => runs.journal(run, after),
    intent: async task => state.intents.get(cidKey(task)),
    intents: async () => [...state.intents.values()],
    requests: async () => [...state.requests.values()],
    schedules: async () => [...state.schedules.values()],
    schedule: async cid => state.schedules.get(cidKey(cid)),
    dueSchedules: async now => dueAt([...state.schedules.values()], now),
    triggers: async () => state.events.triggers(),
    inbox: async (trigger, inState, page) => state.events.inbox(trigger, inState, page),
    inboxEvent: async name => state.events.event(name),
    inboxCounts: async trigger => state.events.counts(trigger),
    cursors: async (trigger, page) => state.events.cursors(trigger, page),
    receiptFeed: async ({ after, limit }) =>
      [...state.allReceipts.values()].filter(({ number }) => number > after).slice(0, limit),
    kvFeed: async page => state.kv.feed(page),
    feedEnd: async feed => (feed === 'kv' ? state.kv.end : state.receiptsEnd),
    kv: async key => state.kv.get(key),
    kvVersion: async key => state.kv.version(key),
    kvList: async (prefix, page) => state.kv.list(prefix, page),
    isSecret: async cid => state.secrets.has(cidKey(cid)),
    listBlocks: async page =>
      pageOf(
        [...blocks.values()].map(({ cid, bytes, used }) => ({ cid, size: bytes.length, used })),
        page,
      ),
    listReceipts: async page =>
      pageOf(
        [...state.allReceipts.values()].map(({ receipt }) => receipt),
        page,
      ),
    listRevocations: async () => [...revokers.values()].flatMap(known => [...known.values()]),
    listEquivocations: async () => [...state.equivocations.values()],
    listNames: async () => [...state.allNames.values()],
    listSourceMaps: async () => [...state.sourceMaps.values()],
    listSecrets: async () => [...state.secrets.values()],
    pins: async () => [...state.pins.values()],
    trusts: async executor => state.trusted.has(withoutFragment(executor)),
    remove: async removal => state.remove(removal),
    removals: async () => state.removals,
    claim: plainClaims(),
    foreignWrites: async () => 0,
    commit: async change => state.commit(change, now()),
    close: async () => {},
  }
}

function pageOf<T>(all: readonly T[], { limit, after }: PageOptions): Page<T> {
  const start = Number(after ?? 0)
  const items = all.slice(start, start + limit)
  return start + limit < all.length ? { items, next: start + limit } : { items }
}
