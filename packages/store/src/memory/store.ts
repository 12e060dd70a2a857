import type { CID } from '@ipvm/ipld'
import { resolvedName } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { inOrder, newestFirst } from '../name-order.ts'
import type { Change, NameIndex, Report, RunEnd, RunRecord, RunStart, RunSummary, Store, TaskRecord } from '../store.ts'

/** A store that lasts as long as the process: for tests, and for work that needs no memory of itself. */
export function openMemoryStore(): Store {
  const blocks = new Map<string, Uint8Array>()
  const results = new Map<string, Map<string, CID>>()
  const receipts = new Map<string, Map<string, CID>>()
  const reports = new Map<string, Report>()
  const runs = new Map<string, MemoryRun>()
  const aliases = new Map<string, CID>()
  const revokers = new Map<string, Set<Did>>()
  const names = new Map<string, NameIndex[]>()
  const pins = new Map<string, CID>()
  const sourceMaps = new Map<string, CID>()
  const index = (map: Map<string, Map<string, CID>>, key: string, cid: CID) => {
    const entries = map.get(key) ?? new Map<string, CID>()
    map.set(key, entries.set(cid.toString(), cid))
  }
  const latestRuns = () => [...runs.values()].reverse().map(runRecord)
  const commit = (change: Change) => {
    for (const { cid, bytes } of change.blocks ?? []) blocks.set(cid.toString(), bytes)
    for (const receipt of change.receipts ?? []) {
      blocks.set(receipt.cid.toString(), receipt.bytes)
      index(receipts, receipt.ran.toString(), receipt.cid)
      index(receipts, resolvedName(receipt).toString(), receipt.cid)
    }
    for (const { receipt, ...report } of change.reports ?? []) reports.set(receipt.toString(), report)
    for (const { name, profile, receipt } of change.results ?? []) index(results, `${name} ${profile}`, receipt)
    for (const [alias, name] of change.aliases ?? []) aliases.set(alias.toString(), name)
    for (const { cid, bytes, revoke, iss } of change.revocations ?? []) {
      blocks.set(cid.toString(), bytes)
      const known = revokers.get(revoke.toString()) ?? new Set()
      revokers.set(revoke.toString(), known.add(withoutFragment(iss)))
    }
    for (const { cid, bytes, iss, name, seq } of change.names ?? []) {
      blocks.set(cid.toString(), bytes)
      const key = `${withoutFragment(iss)}/${name}`
      names.set(key, [...(names.get(key) ?? []), { seq, record: cid }])
    }
    for (const { mod, map } of change.sourceMaps ?? []) sourceMaps.set(mod.toString(), map)
    for (const { local, record } of change.pins ?? []) pins.set(local, record)
    const { runStarted, taskSettled, runEnded } = change
    if (runStarted) runs.set(runStarted.run.toString(), { start: runStarted, settled: new Map() })
    if (taskSettled) runs.get(taskSettled.run.toString())?.settled.set(taskSettled.task.label, taskSettled.task)
    const ended = runEnded && runs.get(runEnded.run.toString())
    if (ended) ended.end = { end: runEnded.end, endedAt: runEnded.at }
  }
  return {
    block: async cid => blocks.get(cid.toString()),
    hasBlock: async cid => blocks.has(cid.toString()),
    resultsFor: async (name, profile) => [...(results.get(`${name} ${profile}`)?.values() ?? [])],
    receiptsOf: async task => [...(receipts.get(task.toString())?.values() ?? [])],
    report: async receipt => reports.get(receipt.toString()),
    aliased: async alias => aliases.get(alias.toString()),
    names: async (iss, name) => newestFirst(names.get(`${withoutFragment(iss)}/${name}`) ?? []),
    sourceMap: async mod => sourceMaps.get(mod.toString()),
    pinned: async local => pins.get(local),
    pins: async () => inOrder([...pins].map(([local, record]) => ({ local, record }))),
    revokersOf: async cid => [...(revokers.get(cid.toString()) ?? [])],
    runs: async limit => latestRuns().slice(0, limit).map(runSummary),
    run: async id => latestRuns().find(record => record.run.equals(id)),
    runOf: async workflow => latestRuns().find(record => record.workflow.equals(workflow)),
    commit: async change => commit(change),
    close: async () => {},
  }
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
