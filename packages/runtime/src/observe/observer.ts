import type { CID, ValueMap } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { JournalEvent, Report, RunState } from '@ipvm/store'
import type { Layout } from '@ipvm/workflow'

/** A settled task, with its receipt and, where it ran for this run, what it used. */
export interface ObservedSettlement extends Omit<Extract<JournalEvent, { readonly type: 'settled' }>, 'receipt'> {
  readonly receipt: Receipt
  readonly report?: Report
}

/** What happens to a run: the events of its journal, and, for those who watch alone, that a task's work began. */
export type ObservedEvent =
  | Exclude<JournalEvent, { readonly type: 'settled' }>
  | ObservedSettlement
  | { readonly type: 'running'; readonly label: string; readonly task: CID }

/** A run that this process begins, or goes on with. */
export interface ObservedRun {
  readonly state: RunState
  readonly layout: Layout
  /** What the invocation says beside the request, such as whose trace it belongs to. */
  readonly meta?: ValueMap
}

/** Watches what this process runs: for metrics and traces. It is told, and has no say; what it throws is a bug of ours. */
export interface Observer {
  opened(run: ObservedRun): void
  event(run: CID, event: ObservedEvent): void
  /** This process runs it no more: it has ended, was suspended, or the process closes. */
  closed(run: CID): void
  /** A change was written and is durable; it took so many milliseconds. */
  committed(milliseconds: number): void
}

/** What a runtime has in hand at a moment. */
export interface RuntimeSample {
  /** By command: tasks in line, and under way. */
  readonly commands: Readonly<Record<string, { readonly queued: number; readonly running: number }>>
  /** Open runs that this process runs, and those accepted that wait in line. */
  readonly runs: { readonly running: number; readonly queued: number }
  /** Changes that could not be written, since the disk is full, and are tried again. */
  readonly heldCommits: number
}
