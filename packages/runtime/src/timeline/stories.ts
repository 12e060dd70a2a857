import { cidKey } from '@ipvm/ipld'
import type { JournalEntry } from '@ipvm/store'
import type { Layout, PlacedTask } from '@ipvm/workflow'
import { Story, type Surroundings } from './story.ts'

/** The tasks of a run that share a name, which are one but for mutations. */
export interface Group {
  readonly tasks: readonly [PlacedTask, ...PlacedTask[]]
  /** The groups that it awaits, by their places in the list. */
  readonly awaits: readonly number[]
  readonly story: Story
}

/** The tasks of a layout, those of one name together. */
export function groupsOf({ tasks }: Layout): readonly Group[] {
  const keys = tasks.map(task => (task.class === 'mutation' ? `mutation ${task.label}` : cidKey(task.name)))
  const place = new Map([...new Set(keys)].map((key, i) => [key, i] as const))
  const byKey = Map.groupBy(tasks.keys(), at => keys[at] ?? '')
  return [...byKey.values()].flatMap(places => {
    const [first, ...more] = places.flatMap(at => tasks[at] ?? [])
    if (!first) return []
    const awaits = first.awaits.flatMap(at => place.get(keys[at] ?? '') ?? [])
    return [
      { tasks: [first, ...more] as const, awaits: [...new Set(awaits)], story: new Story(first.class === 'mutation') },
    ]
  })
}

/** Tells each group its story. @param from when the run was accepted, milliseconds since 1970 */
export function tell(groups: readonly Group[], journal: readonly JournalEntry[], from: number): void {
  const byLabel = new Map(groups.flatMap(group => group.tasks.map(({ label }) => [label, group] as const)))
  let [session, last, released]: [number, number, number | undefined] = [from, from, undefined]
  for (const entry of journal) {
    const { at, event } = entry
    if (event.type === 'resumed') {
      for (const { story } of groups) story.cut(last)
      session = at
    }
    if (event.type === 'released') released = at
    for (const label of labelsOf(entry)) {
      const group = byLabel.get(label)
      if (group) apply(group.story, entry, { at, session, released, readyAt: readyAt(group, groups, from) })
    }
    last = at
  }
}

/** When all that a group awaits was settled. */
export function readyAt({ awaits }: Group, groups: readonly Group[], from: number): number {
  return awaits.reduce((latest, place) => Math.max(latest, groups[place]?.story.settledAt ?? from), from)
}

function labelsOf({ event }: JournalEntry): readonly string[] {
  if ('labels' in event) return event.labels
  return 'label' in event ? [event.label] : []
}

function apply(story: Story, { event }: JournalEntry, around: Surroundings): void {
  switch (event.type) {
    case 'intent':
      story.intent(around)
      break
    case 'signed':
      story.signed(around)
      break
    case 'retrying':
      story.retrying(around, event)
      break
    case 'unknown':
      story.unknown(around, event.cause.name)
      break
    case 'waiting':
      story.waiting(around)
      break
    case 'settled':
      story.settled(around, event)
      break
    case 'reopened':
      story.reopened(around)
      break
    default:
  }
}
