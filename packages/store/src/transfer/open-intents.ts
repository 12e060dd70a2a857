import type { JournalEvent } from '../journal.ts'

/** A mutation that was asked for in a run, and of which the run does not know what came of it. */
export interface OpenIntent {
  readonly label: string
  readonly task: Extract<JournalEvent, { type: 'intent' }>['task']
}

/**
 * The mutations whose outcomes a journal does not tell, and which wait for nobody yet. One that is to be tried again is
 * among them: whether it happened, only the machine knows that asked for it.
 */
export function openIntents(events: readonly JournalEvent[]): readonly OpenIntent[] {
  const open = new Map<string, OpenIntent>()
  for (const event of events) {
    if (event.type === 'intent') open.set(event.label, { label: event.label, task: event.task })
    if (event.type === 'settled' || event.type === 'unknown') open.delete(event.label)
    if (event.type === 'reopened') for (const label of event.labels) open.delete(label)
  }
  return [...open.values()]
}
