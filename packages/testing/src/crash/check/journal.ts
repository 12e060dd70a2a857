import type { JournalEntry, Store } from '@ipvm/store'
import { allLines, type Evidence } from './evidence.ts'

/** What is wrong with the journals of the runs that are there, and with the intents. */
export async function journalProblems({
  store,
  submissions,
  lives,
}: Pick<Evidence, 'store' | 'submissions' | 'lives'>): Promise<string[]> {
  const problems: string[] = []
  const journals = new Map<string, readonly JournalEntry[]>()
  for (const { invocation } of submissions) {
    const run = invocation.envelope.cid
    const state = await store.run(run)
    if (!state) continue
    const journal = await store.journal(run)
    journals.set(run.toString(), journal)
    const gap = journal.findIndex(({ seq }, i) => seq !== i + 1)
    if (gap >= 0) problems.push(`entry ${gap + 1} of the journal of ${run} is missing`)
    if (state.seq !== journal.length) problems.push(`${run} has ${journal.length} entries, and says ${state.seq}`)
    problems.push(...orderProblems(journal), ...(await missingReceipts(store, journal)))
  }
  for (const line of allLines({ lives })) {
    if (line.type !== 'settled' && line.type !== 'unknown') continue
    const event = journals.get(line.run)?.[line.seq - 1]?.event
    if (event?.type !== line.type || event.label !== line.label) {
      problems.push(`entry ${line.seq} of ${line.run} was said to be "${line.type}" of ${line.label} and is not`)
    }
  }
  return [...problems, ...(await danglingIntents(store, journals))]
}

/** Nothing is asked for before the release; and before that, only what is no mutation nor after one is settled by running. */
function orderProblems(journal: readonly JournalEntry[]): string[] {
  const released = journal.findIndex(({ event }) => event.type === 'released')
  const asked = journal.findIndex(({ event }) => event.type === 'intent')
  return asked >= 0 && (released < 0 || released > asked)
    ? [
        `entry ${asked + 1} asks for a mutation, and the release is ${released < 0 ? 'missing' : `entry ${released + 1}`}`,
      ]
    : []
}

async function missingReceipts(store: Store, journal: readonly JournalEntry[]): Promise<string[]> {
  const problems: string[] = []
  for (const { event, seq } of journal) {
    if (event.type === 'settled' && !(await store.hasBlock(event.receipt))) {
      problems.push(`the receipt ${event.receipt} of entry ${seq} (${event.label}) is not there`)
    }
  }
  return problems
}

/** An intent is open as long as its task is not settled after it. */
async function danglingIntents(
  store: Store,
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
): Promise<string[]> {
  const problems: string[] = []
  for (const { run, label, task } of await store.intents()) {
    const events = (journals.get(run.toString()) ?? []).map(({ event }) => event)
    const asked = events.findLastIndex(event => event.type === 'intent' && event.label === label)
    const settled = events.findLastIndex(event => event.type === 'settled' && event.label === label)
    if (asked < 0) problems.push(`the intent of ${label} (${task}) is in no journal`)
    if (settled > asked) problems.push(`${label} (${task}) is settled, and its intent is still open`)
  }
  return problems
}

/** A task of which the journal of a run says so often that its outcome is not known. */
export interface UnknownTask {
  readonly task: string
  readonly run: string
  readonly times: number
}

/** Every task whose outcome some journal says is not known, or was not. */
export async function unknownTasks({
  store,
  submissions,
}: Pick<Evidence, 'store' | 'submissions'>): Promise<readonly UnknownTask[]> {
  const found: UnknownTask[] = []
  for (const { invocation } of submissions) {
    const run = invocation.envelope.cid
    const tasks = (await store.journal(run)).flatMap(({ event }) => (event.type === 'unknown' ? [`${event.task}`] : []))
    for (const [task, { length: times }] of Map.groupBy(tasks, task => task)) found.push({ task, run: `${run}`, times })
  }
  return found
}
