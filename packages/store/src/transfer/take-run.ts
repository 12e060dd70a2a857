import { CID, type Value } from '@ipvm/ipld'
import { decodeInvocation, namesOf, verifyEnvelope } from '@ipvm/ucan'
import type { JournalEntry, JournalEvent } from '../journal.ts'
import { journalEntriesMax } from '../limits.ts'
import type { Store } from '../store.ts'
import { openIntents } from './open-intents.ts'
import { damagedExport, type DamagedExport } from './record.ts'
import { readEntry, readRun, type ImportedRun } from './rows.ts'
import type { ImportedJournal, Taken } from './taken.ts'

/** Who runs a run that was imported: nobody here. */
const importedOwner = 'import'

/** Takes a run, whose journal follows. It is written as a whole, with its journal: a part of one would look as if it went on. */
export async function takeRun(store: Store, value: Value, taken: Taken): Promise<DamagedExport | undefined> {
  const run = readRun(value)
  if (!run) return damagedExport('a run in it cannot be read')
  if (taken.journal) return damagedExport(`the journal of the run ${taken.journal.start.run} in it is cut off`)
  if (run.entries > journalEntriesMax) {
    return damagedExport(
      `the run ${run.start.run} in it has ${run.entries} entries, and at most ${journalEntriesMax} are read`,
    )
  }
  const problem = await runProblem(store, run)
  if (problem) return damagedExport(`the run ${run.start.run} in it ${problem}`)
  const isKnown = (await store.run(run.start.run)) !== undefined
  taken.runs += 1
  if (!isKnown) taken.newRuns += 1
  taken.journal = { ...run, isKnown, read: [] }
  return run.entries === 0 ? writeRun(store, taken) : undefined
}

/** Takes entries of the journal of the run that came before. */
export async function takeJournal(
  store: Store,
  list: readonly Value[],
  taken: Taken,
): Promise<DamagedExport | undefined> {
  const { journal } = taken
  if (!journal) return damagedExport('there is a journal in it of no run')
  const { run } = journal.start
  for (const value of list) {
    const entry = readEntry(value)
    if (!entry) return damagedExport(`the journal of the run ${run} in it cannot be read`)
    const { event } = entry
    if ((event.type === 'settled' || event.type === 'spawned') && !(await store.hasBlock(event.receipt))) {
      return damagedExport(`the run ${run} in it misses the receipt ${event.receipt}`)
    }
    journal.read.push(entry)
  }
  if (journal.read.length > journal.entries) return damagedExport(`the journal of the run ${run} in it is too long`)
  return journal.read.length === journal.entries ? writeRun(store, taken) : undefined
}

/** A run that is here already is left as it is: it may have gone on. */
async function writeRun(store: Store, taken: Taken): Promise<undefined> {
  const { journal } = taken
  taken.journal = undefined
  if (!journal || journal.isKnown) return
  const { start, read } = journal
  const last = read.at(-1)?.at ?? start.at * 1000
  const entries = [...read, ...conclusion(journal).map(event => ({ at: last, event }))]
  await taken.writing(
    store.commit({
      runStarted: { ...start, owner: importedOwner },
      journal: entries.map((entry, i): JournalEntry => ({ run: start.run, seq: i + 1, ...entry })),
    }),
  )
}

/**
 * What follows for a run that had not ended. Its mutations that were under way may have happened, and who asked for them
 * is not here: none is asked for again by itself. It goes on when somebody says so; not at all, where something was
 * left out that it would take for not done.
 */
function conclusion({ read, isWhole }: ImportedJournal): readonly JournalEvent[] {
  const events = read.map(({ event }) => event)
  const isOver = events.findLast(({ type }) => type === 'ended' || type === 'reopened')?.type === 'ended'
  if (isOver) return []
  const unknown = openIntents(events).map(({ label, task }) => ({ type: 'unknown', label, task, cause }) as const)
  if (!isWhole) return [...unknown, { type: 'ended', end: 'cancelled' }]
  const isSuspended = events.findLast(({ type }) => type === 'suspended' || type === 'resumed')?.type === 'suspended'
  return isSuspended ? unknown : [...unknown, { type: 'suspended' }]
}

const cause = {
  name: 'Imported',
  message: 'it was asked for on another machine, and what came of it was not known when this was exported',
}

/** A run was asked for by whom its invocation says; how it went is told by receipts that are here. */
async function runProblem(store: Store, { start }: ImportedRun): Promise<string | undefined> {
  const { run, invocation: name, workflow } = start
  const bytes = await store.block(name)
  const invocation = bytes && decodeInvocation(bytes)
  if (!invocation || 'error' in invocation) return 'has no invocation'
  const { args, envelope } = invocation.ok
  if (!namesOf(envelope).some(known => known.equals(run))) return 'is that of another invocation'
  if (!(args.workflow instanceof CID && args.workflow.equals(workflow))) return 'is of another workflow'
  const signature = await verifyEnvelope(envelope)
  return 'error' in signature ? `was not asked for by whom it says: ${signature.error.message}` : undefined
}
