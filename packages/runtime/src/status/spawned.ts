import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { JournalEntry } from '@ipvm/store'
import { joinLabel, layOutSpawned, type Layout, type PlacedTask } from '@ipvm/workflow'
import type { Engine } from '../engine/engine.ts'
import { commandsOf, traitsOf } from '../submission/place.ts'

/** A run's tasks: those of its document, then those that these asked for, as its journal tells. */
export async function wholeLayout(
  { tasks: own }: Layout,
  journal: readonly JournalEntry[],
  engine: Engine,
): Promise<Layout> {
  const asked = lastAsked(journal)
  if (asked.size === 0) return { tasks: own }
  const tasks = [...own]
  const seen = new Set<string>()
  // What each asked for comes after it, and is looked at in its turn.
  for (const task of tasks) {
    const receipt = asked.get(task.label)
    if (!receipt || seen.has(task.label)) continue
    seen.add(task.label)
    tasks.push(...(await askedBy(task, receipt, tasks.length, engine)))
  }
  return { tasks: withMutationsBefore(tasks, label => asked.has(label)) }
}

/** The receipts that say last what each task asked for; none of what is to be settled anew. */
function lastAsked(journal: readonly JournalEntry[]): ReadonlyMap<string, CID> {
  const asked = new Map<string, CID>()
  for (const { event } of journal) {
    if (event.type === 'spawned') asked.set(event.label, event.receipt)
    if (event.type === 'reopened') for (const label of event.labels) asked.delete(label)
  }
  return asked
}

async function askedBy(asker: PlacedTask, cid: CID, base: number, engine: Engine): Promise<readonly PlacedTask[]> {
  const receipt: Receipt | undefined = await engine.memo.receipt(cid)
  if (!receipt?.fx) return []
  const placed = layOutSpawned(asker, receipt.fx, (cmd, sub) => traitsOf(engine, cmd, sub), commandsOf(engine))
  if ('error' in placed) return []
  return placed.ok.tasks.map(task => ({ ...task, awaits: task.awaits.map(at => at + base) }))
}

/** Where a mutation goes on in a task's place, what awaits that task comes after a mutation. */
function withMutationsBefore(
  tasks: readonly PlacedTask[],
  hasAsked: (label: string) => boolean,
): readonly PlacedTask[] {
  const places = new Map(tasks.map(({ label }, at) => [label, at]))
  const after = tasks.map(({ afterMutation }) => afterMutation)
  const comesAfter = (at: number | undefined) => at !== undefined && (after[at] || tasks[at]?.class === 'mutation')
  for (const [at, task] of [...tasks.entries()].toReversed()) {
    if (hasAsked(task.label) && comesAfter(places.get(joinLabel(task)))) after[at] = true
  }
  return tasks.map((task, at) => {
    after[at] ||= task.awaits.some(comesAfter)
    return after[at] === task.afterMutation ? task : { ...task, afterMutation: true }
  })
}
