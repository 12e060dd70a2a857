import { cidKey, type CID } from '@ipvm/ipld'
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
    map.set(key, entries.set(cidKey(cid), cid))
  }
  const latestRuns = () => [...runs.values()].reverse().map(runRecord)
  const commit = (change: Change) => {
    for (const { cid, bytes } of change.blocks ?? []) blocks.set(cidKey(cid), bytes)
    for (const receipt of change.receipts ?? []) {
      blocks.set(cidKey(receipt.cid), receipt.bytes)
      index(receipts, cidKey(receipt.ran), receipt.cid)
      index(receipts, cidKey(resolvedName(receipt)), receipt.cid)
    }
    for (const { receipt, ...report } of change.reports ?? []) reports.set(cidKey(receipt), report)
    for (const { name, profile, receipt } of change.results ?? []) index(results, `${cidKey(name)} ${profile}`, receipt)
    for (const [alias, name] of change.aliases ?? []) aliases.set(cidKey(alias), name)
    for (const { cid, bytes, revoke, iss } of change.revocations ?? []) {
      blocks.set(cidKey(cid), bytes)
      const known = revokers.get(cidKey(revoke)) ?? new Set()
      revokers.set(cidKey(revoke), known.add(withoutFragment(iss)))
    }
    for (const { cid, bytes, iss, name, seq } of change.names ?? []) {
      blocks.set(cidKey(cid), bytes)
      const key = `${withoutFragment(iss)}/${name}`
      names.set(key, [...(names.get(key) ?? []), { seq, record: cid }])
    }
    for (const { mod, map } of change.sourceMaps ?? []) sourceMaps.set(cidKey(mod), map)
    for (const { local, record } of change.pins ?? []) pins.set(local, record)
    const { runStarted, taskSettled, runEnded } = change
    if (runStarted) runs.set(cidKey(runStarted.run), { start: runStarted, settled: new Map() })
    if (taskSettled) runs.get(cidKey(taskSettled.run))?.settled.set(taskSettled.task.label, taskSettled.task)
    const ended = runEnded && runs.get(cidKey(runEnded.run))
    if (ended) ended.end = { end: runEnded.end, endedAt: runEnded.at }
  }
  return {
    block: async cid => blocks.get(cidKey(cid)),
    hasBlock: async cid => blocks.has(cidKey(cid)),
    resultsFor: async (name, profile) => [...(results.get(`${cidKey(name)} ${profile}`)?.values() ?? [])],
    receiptsOf: async task => [...(receipts.get(cidKey(task))?.values() ?? [])],
    report: async receipt => reports.get(cidKey(receipt)),
    aliased: async alias => aliases.get(cidKey(alias)),
    names: async (iss, name) => newestFirst(names.get(`${withoutFragment(iss)}/${name}`) ?? []),
    sourceMap: async mod => sourceMaps.get(cidKey(mod)),
    pinned: async local => pins.get(local),
    pins: async () => inOrder([...pins].map(([local, record]) => ({ local, record }))),
    revokersOf: async cid => [...(revokers.get(cidKey(cid)) ?? [])],
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
