import { cidKey, error, ok, type CID, type Result } from '@ipvm/ipld'
import type { JournalEntry, JournalEvent, RunRecord, TaskRecord } from '@ipvm/store'
import { askersOf, tasksInOrder, type NamedTask, type PlacedTask } from '@ipvm/workflow'
import type { Engine } from '../engine/engine.ts'
import { hasSucceeded } from '../run/task.ts'
import { storedWorkflow } from './check.ts'
import type { NotForkable } from './failure.ts'
import type { ReadWorkflow } from './read-workflow.ts'

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
  const families = await Families.of(parent, engine)
  const kept = new Map<number, TaskRecord>()
  for (const [place, { label, name, awaits, standby }] of layout.tasks.entries()) {
    const isSame = asked.get(label) === cidKey(name) && awaits.every(other => kept.has(other))
    if (!isSame || anew.has(label)) continue
    const isWhole = families.keep(label)
    const record = records.get(label)
    if (record && isWhole && !undone.has(label) && isKept(record, standby)) kept.set(place, record)
  }
  const own = [...kept.values()].map((record): JournalEvent => ({ type: 'settled', ...record }))
  const at = world.date()
  return ok([...families.events(), ...own].map((event, i) => ({ run, seq: i + 1, at, event })))
}

/** How a task was settled, and the receipts whose values went in. */
interface SettledFrom {
  readonly record: TaskRecord
  readonly from: readonly CID[]
}

/**
 * What the functions of a run had asked for, and what of that succeeded with all that went into it: it is not done again,
 * also where the task itself is settled anew, with what it was given before.
 */
class Families {
  readonly #asking: ReadonlyMap<string, JournalEvent>
  readonly #settled: readonly SettledFrom[]
  readonly #roots = new Set<string>()
  /** Receipts that do not count in the fork. */
  readonly #gone = new Set<string>()
  readonly #kept = new Set<TaskRecord>()

  private constructor(asking: ReadonlyMap<string, JournalEvent>, settled: readonly SettledFrom[]) {
    this.#asking = asking
    this.#settled = settled
    for (const { record } of settled) if (!isKept(record, false)) this.#gone.add(cidKey(record.receipt))
  }

  static async of({ run, settled }: RunRecord, { store, memo }: Engine): Promise<Families> {
    const asking = new Map<string, JournalEvent>()
    for (const { event } of await store.journal(run)) {
      // The last one counts, in its place.
      if (event.type === 'reopened') for (const label of event.labels) asking.delete(label)
      if (event.type !== 'spawned') continue
      asking.delete(event.label)
      asking.set(event.label, event)
    }
    if (asking.size === 0) return new Families(asking, [])
    const reading = settled.map(async record => ({ record, from: (await memo.receipt(record.receipt))?.from ?? [] }))
    return new Families(asking, await Promise.all(reading))
  }

  /** Keeps what a task had asked for; false where its own outcome came of what is settled anew. */
  keep(root: string): boolean {
    if (!this.#asking.has(root)) return true
    this.#roots.add(root)
    let isWhole = true
    for (const { record, from } of this.#settled) {
      const { label, receipt } = record
      if (label !== root && !askersOf(label).includes(root)) continue
      const isGood = isKept(record, false) && !from.some(cid => this.#gone.has(cidKey(cid)))
      if (!isGood) this.#gone.add(cidKey(receipt))
      else if (label !== root) this.#kept.add(record)
      if (label === root) isWhole = isGood
    }
    return isWhole
  }

  /** The entries of all that is kept. */
  events(): readonly JournalEvent[] {
    const isOfRoot = (label: string) => this.#roots.has(label) || askersOf(label).some(asker => this.#roots.has(asker))
    const asked = [...this.#asking].flatMap(([label, event]) => (isOfRoot(label) ? [event] : []))
    return [...asked, ...[...this.#kept].map((record): JournalEvent => ({ type: 'settled', ...record }))]
  }
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
