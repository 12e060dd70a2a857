import { cidKey, CID, encode } from '@ipvm/ipld'
import { checkFollows } from '../disorder.ts'
import { eventValue } from '../event.ts'
import type { JournalEntry, RunRecord, RunStart, RunState, RunSummary, TaskRecord } from '../journal.ts'
import { acceptedRun, countsOf, settle, stateAfter } from '../replay.ts'
import { asked } from './asked.ts'
import type { IndexedDbPlatform } from './platform.ts'
import { journalEntry, runState, storedRun, type StoredEntry, type StoredRun, type StoreOf } from './rows.ts'

type KeyRanges = IndexedDbPlatform['IDBKeyRange']

/** A run that is stored, and its number. */
export interface NumberedRun {
  readonly number: unknown
  readonly stored: StoredRun
}

/** Accepts a run, unless it is there. */
export async function startRun(store: StoreOf, start: RunStart): Promise<void> {
  if (await findRun(store, start.run)) return
  await asked(store('runs').put(storedRun(acceptedRun(start))))
}

/** Notes entries; those whose numbers are there already are left as they are. */
export async function note(store: StoreOf, ranges: KeyRanges, entries: readonly JournalEntry[]): Promise<void> {
  for (const [, some] of Map.groupBy(entries, ({ run }) => cidKey(run))) {
    const [first] = some
    const found = first && (await findRun(store, first.run))
    if (found) await noteOf(store, ranges, found, some)
    else if (first) checkFollows(first, undefined)
  }
}

async function noteOf(
  store: StoreOf,
  ranges: KeyRanges,
  found: NumberedRun,
  entries: readonly JournalEntry[],
): Promise<void> {
  let state = runState(found.stored)
  for (const entry of entries) {
    checkFollows(entry, state.seq)
    if (entry.seq <= state.seq) continue
    state = stateAfter(state, entry)
    const { seq, at, event } = entry
    const row: StoredEntry = { seq, at, event: encode(eventValue(event)).slice() }
    await asked(store('journal').put(row, [found.number, seq]))
  }
  const tally = state.end && countsOf(await settled(store, ranges, found.number))
  await asked(store('runs').put(storedRun(state, tally), found.number))
}

/** The run of a name. */
export async function findRun(store: StoreOf, run: CID): Promise<NumberedRun | undefined> {
  const number = await asked(store('runs').index('run').getKey(run.toString()))
  if (number === undefined) return undefined
  return { number, stored: (await asked(store('runs').get(number))) as StoredRun }
}

/** The entries of a run's journal after a number. */
export async function journal(
  store: StoreOf,
  ranges: KeyRanges,
  number: unknown,
  after: number,
): Promise<readonly StoredEntry[]> {
  const range = ranges.bound([number, after], [number, Number.POSITIVE_INFINITY], true, false)
  return (await asked(store('journal').getAll(range))) as readonly StoredEntry[]
}

async function settled(store: StoreOf, ranges: KeyRanges, number: unknown): Promise<Iterable<TaskRecord>> {
  const tasks = new Map<string, TaskRecord>()
  for (const entry of await journal(store, ranges, number, 0)) settle(tasks, journalEntry(anyRun, entry).event)
  return tasks.values()
}

/** Stands for the run where only what happened is asked for. */
const anyRun = CID.parse('bafkqaaa')

/** A run with its tasks. */
export async function runRecord(
  store: StoreOf,
  ranges: KeyRanges,
  { number, stored }: NumberedRun,
): Promise<RunRecord> {
  return { ...runState(stored), settled: [...(await settled(store, ranges, number))] }
}

/** A run with how many of its tasks ended how. */
export async function runSummary(
  store: StoreOf,
  ranges: KeyRanges,
  { number, stored }: NumberedRun,
): Promise<RunSummary> {
  const tally = stored.tally ?? countsOf(await settled(store, ranges, number))
  return { ...runState(stored), ...tally }
}

/** The runs that have not ended. */
export async function openRuns(store: StoreOf): Promise<readonly RunState[]> {
  // Of one key, an index gives what it holds by the numbers.
  return ((await asked(store('runs').index('open').getAll(1))) as readonly StoredRun[]).map(runState)
}

/** Lets go of a run, and of its journal. */
export async function removeRun(store: StoreOf, ranges: KeyRanges, run: CID): Promise<void> {
  const found = await findRun(store, run)
  if (!found) return
  const { number } = found
  for (const { seq } of await journal(store, ranges, number, 0)) store('journal').delete([number, seq])
  store('runs').delete(number)
}
