import { statusOf } from '../status/status.ts'
import { barsOf } from './bars.ts'
import { momentsOf } from './moments.ts'
import type { Timeline, TimelineParts } from './timeline.ts'

/**
 * A run along time, as the journal tells it. The journal has no entry for the start of a pure task or a query: it
 * follows from how long the task took, and where that is not known, from when all that it awaits was settled.
 */
export function timelineOf(parts: TimelineParts): Timeline {
  const status = statusOf(parts)
  const { run, journal, now } = parts
  const first = journal[0]?.at ?? run.at * 1000
  const from = acceptedAt(run.at, first)
  const last = Math.max(from, journal.at(-1)?.at ?? from)
  const isGoingOn = run.end === undefined && ['running', 'cancelling', 'parked'].includes(status.condition)
  const to = isGoingOn ? Math.max(now, last) : last
  const bars = barsOf({ ...parts, status, from, to, isGoingOn })
  const drawn = new Set(bars.flatMap(({ labels }) => labels))
  return {
    ...{ run: run.run, name: run.name ?? 'unnamed', condition: status.condition, from, to, bars },
    moments: momentsOf(parts, from),
    waiting: status.tasks.filter(({ label }) => !drawn.has(label)).map(({ label }) => label),
  }
}

/** The head of a run has whole seconds: where its first entry came within that second, that is when it was accepted. */
function acceptedAt(seconds: number, first: number): number {
  const floor = seconds * 1000
  return first >= floor && first < floor + 1000 ? first : Math.min(floor, first)
}
