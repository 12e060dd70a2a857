import { cidKey } from '@ipvm/ipld'
import type { PlacedTask } from '@ipvm/workflow'
import type { RunStatus, TaskStatus } from '../status/status.ts'
import { groupsOf, readyAt, tell, type Group } from './stories.ts'
import type { Bar, BarState, Piece, TimelineParts } from './timeline.ts'

/** What the bars of a run are made of. */
export interface BarParts extends TimelineParts {
  readonly status: RunStatus
  /** What is drawn, milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly isGoingOn: boolean
}

/** The tasks of a run of which something has happened, in the order in which they began. */
export function barsOf(parts: BarParts): readonly Bar[] {
  const groups = groupsOf(parts.layout)
  tell(groups, parts.journal, parts.from)
  const status = new Map(parts.status.tasks.map(task => [task.label, task]))
  const undone = undoneBy(parts.layout.tasks)
  const drawn = groups
    .map((group, place) => ({ place, bar: barOf(group, groups, status, undone, parts) }))
    .flatMap(({ place, bar }) => (bar ? [{ place, bar }] : []))
    .sort((a, b) => a.bar.from - b.bar.from || a.bar.to - b.bar.to)
  const at = new Map(drawn.map(({ place }, index) => [place, index]))
  return drawn.map(({ bar, place }) => ({
    ...bar,
    awaits: (groups[place]?.awaits ?? []).flatMap(awaited => at.get(awaited) ?? []),
  }))
}

/** By the label of a compensation: the mutation that it undoes. */
function undoneBy(tasks: readonly PlacedTask[]): ReadonlyMap<string, string> {
  return new Map(
    tasks.flatMap(({ compensate, label }) => {
      const undoing = compensate === undefined ? undefined : tasks[compensate]
      return undoing ? [[undoing.label, label] as const] : []
    }),
  )
}

function barOf(
  group: Group,
  groups: readonly Group[],
  status: ReadonlyMap<string, TaskStatus>,
  undone: ReadonlyMap<string, string>,
  parts: BarParts,
): Bar | undefined {
  const { tasks, story } = group
  const [first] = tasks
  const now = status.get(first.label)
  const state = stateOf(now)
  if (!state) return undefined
  const told = story.pieces(parts.to, parts.isGoingOn)
  const pieces = told.length > 0 ? told : unwritten(state, now, readyAt(group, groups, parts.from), parts)
  const at = story.settledAt ?? parts.to
  const isGood = state === 'ran' || state === 'reused'
  const failure = (story.receipt && parts.details?.get(cidKey(story.receipt))?.failure) ?? story.cause
  const undoes = undone.get(first.label)
  return {
    ...{ label: first.label, labels: tasks.map(({ label }) => label), lane: first.class, cmd: callOf(first), state },
    ...{ pieces, from: pieces[0]?.from ?? at, to: pieces.at(-1)?.to ?? at, awaits: [] },
    attempts: pieces.filter(({ kind }) => kind === 'attempt').length,
    ...(!isGood && failure !== undefined && { failure }),
    ...(undoes !== undefined && { undoes }),
    ...(first.agent !== undefined && { agent: first.agent }),
  }
}

/** Nothing is written of it yet: it is held, or under way or in line, since all that it awaits was settled. */
function unwritten(
  state: BarState,
  status: TaskStatus | undefined,
  from: number,
  { to, isGoingOn }: BarParts,
): readonly Piece[] {
  if (state !== 'open' || !isGoingOn) return []
  return [{ kind: status?.state === 'held' ? 'held' : 'attempt', from, to, ended: 'open' }]
}

/** How a task is drawn; undefined where nothing has happened to it yet. */
function stateOf(status: TaskStatus | undefined): BarState | undefined {
  switch (status?.state) {
    case 'settled':
      return status.how
    case 'unknown':
      return 'unknown'
    case 'awaiting':
    case 'standby':
    case undefined:
      return undefined
    default:
      return 'open'
  }
}

/** What is called: the command, and the function where it is one. */
function callOf({ task: { cmd, args } }: PlacedTask): string {
  return typeof args.fun === 'string' ? `${cmd} ${args.fun}` : cmd
}
