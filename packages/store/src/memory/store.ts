import { cidKey, type Block, type CID } from '@ipvm/ipld'
import { resolvedName, type NameRecord, type Revocation, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Page, PageOptions, Removal, SourceMap } from '../housekeeping.ts'
import { usedStepSeconds } from '../limits.ts'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Change, NameIndex, Report, RunEnd, RunRecord, RunStart, RunSummary, Store, TaskRecord } from '../store.ts'

/** A store that lasts as long as the process: for tests, and for work that needs no memory of itself. */
export function openMemoryStore({ now = systemSeconds }: StoreOptions = {}): Store {
  const state = new MemoryState()
  const { blocks, results, receipts, reports, runs, aliases, revokers, names } = state
  const latestRuns = () => [...runs.values()].reverse().map(runRecord)
  return {
    block: async cid => blocks.get(cidKey(cid))?.bytes,
    hasBlock: async cid => blocks.has(cidKey(cid)),
    resultsFor: async (name, profile) => [...(results.get(`${cidKey(name)} ${profile}`)?.values() ?? [])],
    receiptsOf: async task => [...(receipts.get(cidKey(task))?.values() ?? [])],
    report: async receipt => reports.get(cidKey(receipt)),
    aliased: async alias => aliases.get(cidKey(alias)),
    revokersOf: async cid => [...(revokers.get(cidKey(cid))?.keys() ?? [])],
    names: async (iss, name) => newestFirst([...(names.get(`${withoutFragment(iss)}/${name}`)?.values() ?? [])]),
    sourceMap: async mod => state.sourceMaps.get(cidKey(mod))?.map,
    localName: async local => state.localNames.get(local),
    localNames: async () => inOrder([...state.localNames].map(([local, record]) => ({ local, record }))),
    runs: async (limit, before) => {
      const all = latestRuns()
      const start = before ? all.findIndex(({ run }) => run.equals(before)) + 1 : 0
      return all.slice(start, start + limit).map(runSummary)
    },
    run: async id => {
      const run = runs.get(cidKey(id))
      return run && runRecord(run)
    },
    runOf: async workflow => latestRuns().find(record => record.workflow.equals(workflow)),
    listBlocks: async page =>
      pageOf(
        [...blocks.values()].map(({ cid, bytes, used }) => ({ cid, size: bytes.length, used })),
        page,
      ),
    listReceipts: async page => pageOf([...state.allReceipts.values()], page),
    listRevocations: async () => [...revokers.values()].flatMap(known => [...known.values()]),
    listNames: async () => [...state.allNames.values()],
    listSourceMaps: async () => [...state.sourceMaps.values()],
    pins: async () => [...state.pins.values()],
    trusts: async executor => state.trusted.has(withoutFragment(executor)),
    remove: async removal => state.remove(removal),
    commit: async change => state.commit(change, now()),
    close: async () => {},
  }
}

function pageOf<T>(all: readonly T[], { limit, after }: PageOptions): Page<T> {
  const start = Number(after ?? 0)
  const items = all.slice(start, start + limit)
  return start + limit < all.length ? { items, next: start + limit } : { items }
}

class MemoryState {
  readonly blocks = new Map<string, MemoryBlock>()
  readonly results = new Map<string, Map<string, CID>>()
  readonly receipts = new Map<string, Map<string, CID>>()
  readonly allReceipts = new Map<string, CID>()
  readonly reports = new Map<string, Report>()
  readonly runs = new Map<string, MemoryRun>()
  readonly aliases = new Map<string, CID>()
  readonly revokers = new Map<string, Map<Did, CID>>()
  /** The records of a name by their numbers. */
  readonly names = new Map<string, Map<number, NameIndex>>()
  readonly allNames = new Map<string, CID>()
  readonly localNames = new Map<string, CID>()
  readonly sourceMaps = new Map<string, SourceMap>()
  readonly pins = new Map<string, CID>()
  readonly trusted = new Set<Did>()

  commit(change: Change, now: UnixSeconds): void {
    for (const block of change.blocks ?? []) this.#putBlock(block, now)
    for (const receipt of change.receipts ?? []) {
      this.#putBlock(receipt, now)
      this.allReceipts.set(cidKey(receipt.cid), receipt.cid)
      index(this.receipts, cidKey(receipt.ran), receipt.cid)
      index(this.receipts, cidKey(resolvedName(receipt)), receipt.cid)
    }
    for (const { receipt, ...report } of change.reports ?? []) this.reports.set(cidKey(receipt), report)
    for (const { name, profile, receipt } of change.results ?? [])
      index(this.results, `${cidKey(name)} ${profile}`, receipt)
    for (const [alias, name] of change.aliases ?? []) this.aliases.set(cidKey(alias), name)
    for (const revocation of change.revocations ?? []) this.#putRevocation(revocation, now)
    for (const record of change.names ?? []) this.#putName(record, now)
    for (const entry of change.sourceMaps ?? []) this.sourceMaps.set(cidKey(entry.mod), entry)
    for (const { local, record } of change.localNames ?? []) this.localNames.set(local, record)
    for (const pin of change.pinned ?? []) this.pins.set(cidKey(pin), pin)
    for (const pin of change.unpinned ?? []) this.pins.delete(cidKey(pin))
    for (const executor of change.trusted ?? []) this.trusted.add(withoutFragment(executor))
    this.#journal(change)
  }

  #journal({ runStarted, taskSettled, runEnded }: Change): void {
    const { runs } = this
    const isNew = runStarted && !runs.has(cidKey(runStarted.run))
    if (isNew) runs.set(cidKey(runStarted.run), { start: runStarted, settled: new Map() })
    if (taskSettled) runs.get(cidKey(taskSettled.run))?.settled.set(taskSettled.task.label, taskSettled.task)
    const ended = runEnded && runs.get(cidKey(runEnded.run))
    if (ended) ended.end = { end: runEnded.end, endedAt: runEnded.at }
  }

  #putBlock({ cid, bytes }: Block, now: UnixSeconds): void {
    const key = cidKey(cid)
    const { used = Number.NEGATIVE_INFINITY } = this.blocks.get(key) ?? {}
    this.blocks.set(key, { cid, bytes, used: used < now - usedStepSeconds ? now : used })
  }

  #putRevocation(revocation: Revocation, now: UnixSeconds): void {
    this.#putBlock(revocation, now)
    const { revoke, iss, cid } = revocation
    const known = this.revokers.get(cidKey(revoke)) ?? new Map<Did, CID>()
    const revoker = withoutFragment(iss)
    this.revokers.set(cidKey(revoke), known.set(revoker, known.get(revoker) ?? cid))
  }

  #putName(record: NameRecord, now: UnixSeconds): void {
    this.#putBlock(record, now)
    const { iss, name, seq, cid } = record
    const key = `${withoutFragment(iss)}/${name}`
    const known = this.names.get(key) ?? new Map<number, NameIndex>()
    if (known.has(seq)) return
    this.names.set(key, known.set(seq, { seq, record: cid }))
    this.allNames.set(cidKey(cid), cid)
  }

  remove({ newestRun, usedBefore, runs = [], receipts = [], blocks = [] }: Removal): boolean {
    const newest = [...this.runs.keys()].at(-1)
    if (newest !== (newestRun && cidKey(newestRun))) return false
    for (const run of runs) this.runs.delete(cidKey(run))
    const gone = new Set(receipts.map(cidKey))
    for (const key of gone) {
      this.blocks.delete(key)
      this.allReceipts.delete(key)
      this.reports.delete(key)
    }
    if (gone.size > 0) for (const map of [this.receipts, this.results]) forget(map, gone)
    for (const cid of blocks) {
      const key = cidKey(cid)
      const entry = this.blocks.get(key)
      if (!entry || entry.used >= usedBefore) continue
      this.blocks.delete(key)
      this.sourceMaps.delete(key)
    }
    return true
  }
}

function index(map: Map<string, Map<string, CID>>, key: string, cid: CID): void {
  const entries = map.get(key) ?? new Map<string, CID>()
  map.set(key, entries.set(cidKey(cid), cid))
}

function forget(map: Map<string, Map<string, CID>>, gone: ReadonlySet<string>): void {
  for (const [key, entries] of map) {
    for (const cid of entries.keys()) if (gone.has(cid)) entries.delete(cid)
    if (entries.size === 0) map.delete(key)
  }
}

interface MemoryBlock extends Block {
  readonly used: UnixSeconds
}

interface MemoryRun {
  readonly start: RunStart
  readonly settled: Map<string, TaskRecord>
  end?: { readonly end: RunEnd; readonly endedAt: number }
}

function runRecord({ start, settled, end }: MemoryRun): RunRecord {
  return { ...start, ...end, settled: [...settled.values()] }
}

function runSummary({ settled, ...state }: RunRecord): RunSummary {
  const counts = { ran: 0, reused: 0, failed: 0, skipped: 0 }
  let milliseconds = 0
  for (const task of settled) {
    counts[task.how] += 1
    if (task.how === 'ran' || task.how === 'failed') milliseconds += task.milliseconds
  }
  return { ...state, counts, milliseconds }
}
