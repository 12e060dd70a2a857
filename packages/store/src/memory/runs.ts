import { cidKey, type CID } from '@ipvm/ipld'
import { checkFollows } from '../disorder.ts'
import type { JournalEntry, RunRecord, RunStart, RunState, RunSummary, TaskRecord } from '../journal.ts'
import { acceptedRun, countsOf, settle, stateAfter } from '../replay.ts'

/** Runs with their journals. */
export class MemoryRuns {
  readonly #runs = new Map<string, MemoryRun>()

  start(start: RunStart): void {
    const key = cidKey(start.run)
    if (!this.#runs.has(key)) this.#runs.set(key, { state: acceptedRun(start), entries: [], settled: new Map() })
  }

  has(run: CID): boolean {
    return this.#runs.has(cidKey(run))
  }

  /** Throws where an entry does not follow the last of its run; before anything of its change is written. */
  check(entries: readonly JournalEntry[], start?: RunStart): void {
    const lasts = new Map<string, number | undefined>()
    for (const entry of entries) {
      const key = cidKey(entry.run)
      const begun = start?.run.equals(entry.run) ? 0 : undefined
      const last = lasts.get(key) ?? this.#runs.get(key)?.state.seq ?? begun
      checkFollows(entry, last)
      lasts.set(key, Math.max(last ?? 0, entry.seq))
    }
  }

  /** An entry whose number is there already is left as it is. */
  note(entry: JournalEntry): void {
    const run = this.#runs.get(cidKey(entry.run))
    if (!run || entry.seq <= run.state.seq) return
    run.state = stateAfter(run.state, entry)
    run.entries.push(entry)
    settle(run.settled, entry.event)
  }

  remove(run: CID): void {
    this.#runs.delete(cidKey(run))
  }

  newest(): CID | undefined {
    return [...this.#runs.values()].at(-1)?.state.run
  }

  /** The newest first, those that are older than `before`. */
  list(limit: number, before?: CID): readonly RunSummary[] {
    const all = [...this.#runs.values()].reverse()
    const start = before ? all.findIndex(({ state }) => state.run.equals(before)) + 1 : 0
    return all.slice(start, start + limit).map(({ state, settled }) => ({ ...state, ...countsOf(settled.values()) }))
  }

  record(run: CID): RunRecord | undefined {
    return recordOf(this.#runs.get(cidKey(run)))
  }

  recordOf(workflow: CID): RunRecord | undefined {
    return recordOf([...this.#runs.values()].findLast(({ state }) => state.workflow.equals(workflow)))
  }

  open(): readonly RunState[] {
    return [...this.#runs.values()].flatMap(({ state }) => (state.end ? [] : [state]))
  }

  journal(run: CID, after: number): readonly JournalEntry[] {
    return this.#runs.get(cidKey(run))?.entries.filter(({ seq }) => seq > after) ?? []
  }
}

interface MemoryRun {
  state: RunState
  readonly entries: JournalEntry[]
  readonly settled: Map<string, TaskRecord>
}

function recordOf(run: MemoryRun | undefined): RunRecord | undefined {
  return run && { ...run.state, settled: [...run.settled.values()] }
}
