import type { JournalEntry, JournalEvent } from '@ipvm/store'
import type { Moment, TimelineParts } from './timeline.ts'

/** The base events of a run: what started it, what people asked of it, and the steps that it took as a whole. */
export function momentsOf({ journal, origin }: TimelineParts, accepted: number): readonly Moment[] {
  const unknown = new Set<string>()
  const moments: Moment[] = [{ at: accepted, kind: 'accepted', text: origin ?? 'accepted' }]
  for (const entry of journal) {
    const moment = momentOf(entry, unknown)
    if (moment && !isBegin(moment, journal)) moments.push(moment)
  }
  return moments
}

/** That a run was taken up for the first time says no more than that it was accepted, where it was at once. */
function isBegin({ at, kind }: Moment, [first]: readonly JournalEntry[]): boolean {
  return kind === 'resumed' && first?.at === at && first.event.type === 'resumed'
}

/** What a person sees of an entry. @param unknown the mutations of which a person is asked */
function momentOf({ at, event }: JournalEntry, unknown: Set<string>): Moment | undefined {
  switch (event.type) {
    case 'settled':
      return unknown.delete(event.label)
        ? {
            at,
            kind: 'told',
            text: `${event.label} ${event.how === 'failed' ? 'was not done' : 'was done'}, it is said`,
          }
        : undefined
    case 'unknown':
      unknown.add(event.label)
      return undefined
    case 'intent':
      unknown.delete(event.label)
      return undefined
    case 'reopened':
      for (const label of event.labels) unknown.delete(label)
      return { at, kind: 'reopened', text: `${event.labels[0] ?? ''} again` }
    case 'ended':
      return { at, kind: 'ended', text: `ended: ${event.end}` }
    default:
      return wholeRun(event, at)
  }
}

const texts = {
  resumed: 'taken up',
  released: 'released',
  parked: 'waits for a person',
  suspended: 'suspended',
  cancelling: 'to be cancelled',
} as const

function wholeRun({ type }: JournalEvent, at: number): Moment | undefined {
  return type in texts && isWholeRun(type) ? { at, kind: type, text: texts[type] } : undefined
}

function isWholeRun(type: JournalEvent['type']): type is keyof typeof texts {
  return type in texts
}
