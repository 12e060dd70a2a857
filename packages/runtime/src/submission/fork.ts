import { cidKey, error, ok, type CID, type Result } from '@ipvm/ipld'
import type { JournalEntry, JournalEvent, RunRecord, TaskRecord } from '@ipvm/store'
import { askersOf, tasksInOrder, type NamedTask, type PlacedTask } from '@ipvm/workflow'
import type { Engine } from '../run/engine.ts'
import { hasSucceeded } from '../run/task.ts'
import { storedWorkflow, type ReadWorkflow } from './check.ts'
import type { NotForkable } from './failure.ts'

/** From which run a new one takes what was settled there, and from which of its tasks on everything is done anew. */
export interface ForkFrom {
  readonly run: CID
  readonly label: string
}

/**
 * The entries with which the journal of a fork begins: what succeeded in the other run, and all that it awaits there,
 * but for the task that it is forked from and all that await it, and for what is another task now.
 */
export async function forkEntries(
  run: CID,
  { layout }: ReadWorkflow,
  from: ForkFrom,
  engine: Engine,
): Promise<Result<readonly JournalEntry[], NotForkable>> {
  const { store, world } = engine
  const parent = await store.run(from.run)
  if (!parent) return error({ name: 'NotForkable', message: `there is no run ${from.run} in this store` })
  const anew = awaitingTask(layout.tasks, from.label)
  if (!anew) {
    const labels = layout.tasks.slice(0, 20).map(({ label }) => label)
    return error({
      name: 'NotForkable',
      message: `the workflow has no task "${from.label}"; it has ${labels.join(', ')}`,
    })
  }
  const records = new Map(parent.settled.map(record => [record.label, record]))
  const there = await tasksThere(parent.workflow, store)
  const asked = new Map(there.map(({ label, name }) => [label, cidKey(name)]))
  const undone = undoneTasks(there, records)
  const kept = new Map<number, TaskRecord>()
  for (const [place, { label, name, awaits, standby }] of layout.tasks.entries()) {
    const record = records.get(label)
    const isSame = asked.get(label) === cidKey(name) && awaits.every(other => kept.has(other))
    if (record && isSame && !anew.has(label) && !undone.has(label) && isKept(record, standby)) kept.set(place, record)
  }
  const isSameTask = ({ label, name }: PlacedTask) => asked.get(label) === cidKey(name) && !anew.has(label)
  const families = await familyEvents(layout.tasks.filter(isSameTask), parent, engine)
  const own = [...kept.values()].map((record): JournalEvent => ({ type: 'settled', ...record }))
  const at = world.date()
  return ok([...families, ...own].map((event, i) => ({ run, seq: i + 1, at, event })))
}

/**
 * What the functions of these tasks had asked for, and what of that succeeded with all that went into it: it is not done again,
 * also where the task itself is settled anew.
 */
async function familyEvents(
  roots: readonly PlacedTask[],
  { run, settled }: RunRecord,
  { store, memo }: Engine,
): Promise<readonly JournalEvent[]> {
  const asking = new Map<string, JournalEvent>()
  for (const { event } of await store.journal(run)) {
    // The last one counts, in its place.
    if (event.type === 'reopened') for (const label of event.labels) asking.delete(label)
    if (event.type !== 'spawned') continue
    asking.delete(event.label)
    asking.set(event.label, event)
  }
  const kept = new Set(roots.map(({ label }) => label).filter(label => asking.has(label)))
  if (kept.size === 0) return []
  const isOfFamily = (label: string) => askersOf(label).some(asker => kept.has(asker))
  const gone = new Set(settled.filter(record => !isKept(record, false)).map(({ receipt }) => cidKey(receipt)))
  const events = [...asking.values()].filter(
    event => 'label' in event && (kept.has(event.label) || isOfFamily(event.label)),
  )
  for (const record of settled) {
    if (!isOfFamily(record.label)) continue
    const from = (await memo.receipt(record.receipt))?.from ?? []
    if (isKept(record, false) && !from.some(cid => gone.has(cidKey(cid)))) events.push({ type: 'settled', ...record })
    else gone.add(cidKey(record.receipt))
  }
  return events
}

/** What was not needed on standby may be needed now. */
function isKept({ how }: TaskRecord, standby: boolean): boolean {
  return how !== 'failed' && how !== 'withdrawn' && !(standby && how === 'skipped')
}

/** The labels of a task and of all that await it; nothing where there is none of that label. */
function awaitingTask(tasks: readonly PlacedTask[], label: string): ReadonlySet<string> | undefined {
  const from = tasks.find(task => task.label === label)
  if (!from) return undefined
  // Labels whose tasks have one name are one task, but for mutations.
  const isFrom = (task: PlacedTask) =>
    task === from || (from.class !== 'mutation' && cidKey(task.name) === cidKey(from.name))
  const anew = new Set<number>()
  for (const [at, task] of tasks.entries()) {
    // Each comes after all that it awaits.
    if (isFrom(task) || task.awaits.some(other => anew.has(other))) anew.add(at)
  }
  return new Set(tasks.flatMap((task, at) => (anew.has(at) ? [task.label] : [])))
}

/** The labels of what was done there and undone again, and of what undid it: neither counts here. */
function undoneTasks(there: readonly NamedTask[], records: ReadonlyMap<string, TaskRecord>): ReadonlySet<string> {
  const undone = there.flatMap(({ label, task }) => {
    const undoer = task.meta?.['ipvm/compensate']
    const record = typeof undoer === 'string' ? records.get(undoer) : undefined
    return record && hasSucceeded(record.how) ? [label, record.label] : []
  })
  return new Set(undone)
}

/** The tasks of the other run's workflow. */
async function tasksThere(workflow: CID, store: Engine['store']): Promise<readonly NamedTask[]> {
  const read = await storedWorkflow(workflow, store)
  return 'error' in read ? [] : tasksInOrder(read.ok)
}
