import type { Block, CID } from '@ipvm/ipld'
import { resolvedName, type Revocation, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { systemSeconds, type StoreOptions } from '../clock.ts'
import type { Page, PageOptions, Removal } from '../housekeeping.ts'
import { usedStepSeconds } from '../limits.ts'
import type { Change, Report, RunEnd, RunRecord, RunStart, RunSummary, Store, TaskRecord } from '../store.ts'

/** A store that lasts as long as the process: for tests, and for work that needs no memory of itself. */
export function openMemoryStore({ now = systemSeconds }: StoreOptions = {}): Store {
  const state = new MemoryState()
  const { blocks, results, receipts, reports, runs, aliases, revokers } = state
  const newestFirst = () => [...runs.values()].reverse().map(runRecord)
  return {
    block: async cid => blocks.get(cid.toString())?.bytes,
    hasBlock: async cid => blocks.has(cid.toString()),
    resultsFor: async (name, profile) => [...(results.get(`${name} ${profile}`)?.values() ?? [])],
    receiptsOf: async task => [...(receipts.get(task.toString())?.values() ?? [])],
    report: async receipt => reports.get(receipt.toString()),
    aliased: async alias => aliases.get(alias.toString()),
    revokersOf: async cid => [...(revokers.get(cid.toString())?.keys() ?? [])],
    runs: async (limit, before) => {
      const all = newestFirst()
      const start = before ? all.findIndex(({ run }) => run.equals(before)) + 1 : 0
      return all.slice(start, start + limit).map(runSummary)
    },
    run: async id => newestFirst().find(record => record.run.equals(id)),
    runOf: async workflow => newestFirst().find(record => record.workflow.equals(workflow)),
    listBlocks: async page =>
      pageOf(
        [...blocks.values()].map(({ cid, bytes, used }) => ({ cid, size: bytes.length, used })),
        page,
      ),
    listReceipts: async page => pageOf([...state.allReceipts.values()], page),
    listRevocations: async () => [...revokers.values()].flatMap(known => [...known.values()]),
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
  readonly pins = new Map<string, CID>()
  readonly trusted = new Set<Did>()

  commit(change: Change, now: UnixSeconds): void {
    for (const block of change.blocks ?? []) this.#putBlock(block, now)
    for (const receipt of change.receipts ?? []) {
      this.#putBlock(receipt, now)
      this.allReceipts.set(receipt.cid.toString(), receipt.cid)
      index(this.receipts, receipt.ran.toString(), receipt.cid)
      index(this.receipts, resolvedName(receipt).toString(), receipt.cid)
    }
    for (const { receipt, ...report } of change.reports ?? []) this.reports.set(receipt.toString(), report)
    for (const { name, profile, receipt } of change.results ?? []) index(this.results, `${name} ${profile}`, receipt)
    for (const [alias, name] of change.aliases ?? []) this.aliases.set(alias.toString(), name)
    for (const revocation of change.revocations ?? []) this.#putRevocation(revocation, now)
    for (const pin of change.pinned ?? []) this.pins.set(pin.toString(), pin)
    for (const pin of change.unpinned ?? []) this.pins.delete(pin.toString())
    for (const executor of change.trusted ?? []) this.trusted.add(withoutFragment(executor))
    this.#journal(change)
  }

  #journal({ runStarted, taskSettled, runEnded }: Change): void {
    const { runs } = this
    const isNew = runStarted && !runs.has(runStarted.run.toString())
    if (isNew) runs.set(runStarted.run.toString(), { start: runStarted, settled: new Map() })
    if (taskSettled) runs.get(taskSettled.run.toString())?.settled.set(taskSettled.task.label, taskSettled.task)
    const ended = runEnded && runs.get(runEnded.run.toString())
    if (ended) ended.end = { end: runEnded.end, endedAt: runEnded.at }
  }

  #putBlock({ cid, bytes }: Block, now: UnixSeconds): void {
    const key = cid.toString()
    const { used = Number.NEGATIVE_INFINITY } = this.blocks.get(key) ?? {}
    this.blocks.set(key, { cid, bytes, used: used < now - usedStepSeconds ? now : used })
  }

  #putRevocation(revocation: Revocation, now: UnixSeconds): void {
    this.#putBlock(revocation, now)
    const { revoke, iss, cid } = revocation
    const known = this.revokers.get(revoke.toString()) ?? new Map<Did, CID>()
    const revoker = withoutFragment(iss)
    this.revokers.set(revoke.toString(), known.set(revoker, known.get(revoker) ?? cid))
  }

  remove({ newestRun, usedBefore, runs = [], receipts = [], blocks = [] }: Removal): boolean {
    const newest = [...this.runs.keys()].at(-1)
    if (newest !== newestRun?.toString()) return false
    for (const run of runs) this.runs.delete(run.toString())
    const gone = new Set(receipts.map(String))
    for (const key of gone) {
      this.blocks.delete(key)
      this.allReceipts.delete(key)
      this.reports.delete(key)
    }
    if (gone.size > 0) for (const map of [this.receipts, this.results]) forget(map, gone)
    for (const cid of blocks) {
      const entry = this.blocks.get(cid.toString())
      if (entry && entry.used < usedBefore) this.blocks.delete(cid.toString())
    }
    return true
  }
}

function index(map: Map<string, Map<string, CID>>, key: string, cid: CID): void {
  const entries = map.get(key) ?? new Map<string, CID>()
  map.set(key, entries.set(cid.toString(), cid))
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
