import type { JournalEntry, JournalEvent } from '@ipvm/store'
import type { Layout } from '@ipvm/workflow'
import { takesBackRelease } from '../run/release.ts'

/** What the journal has of one task that is still so. */
export type TaskEntry = Extract<
  JournalEvent,
  { readonly type: 'settled' | 'spawned' | 'away' | 'retrying' | 'waiting' | 'unknown' }
>

/** A journal, folded: what it says at its end. */
export interface JournalState {
  /** By label. */
  readonly tasks: ReadonlyMap<string, TaskEntry>
  readonly released: boolean
  /** Whether anyone began to run it. */
  readonly begun: boolean
}

/** What a journal says at its end. @param layout the tasks of its document */
export function journalState(journal: readonly JournalEntry[], { tasks: places }: Layout): JournalState {
  const tasks = new Map<string, TaskEntry>()
  let released = false
  for (const { event } of journal) {
    switch (event.type) {
      case 'settled':
      case 'spawned':
      case 'away':
      case 'retrying':
      case 'waiting':
      case 'unknown':
        tasks.set(event.label, event)
        break
      case 'intent':
      case 'signed':
        // It is asked for again: what was said of it before is no more.
        tasks.delete(event.label)
        break
      case 'reopened':
        for (const label of event.labels) tasks.delete(label)
        if (takesBackRelease(event.labels, places)) released = false
        break
      case 'released':
        released = true
        break
      default:
        break
    }
  }
  return { tasks, released, begun: journal.length > 0 }
}
