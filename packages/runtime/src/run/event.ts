import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { JournalEvent, Report, RunEnd, TaskRecord } from '@ipvm/store'

/** What happens to a run, with the number of its entry in the run's journal, and when, milliseconds since 1970. */
export type RunEvent = { readonly run: CID; readonly seq: number; readonly at: number } & Happening

/** What happens to a run. `running` alone is not written down; its number is that of the entry before it. */
export type Happening =
  | { readonly type: 'started'; readonly workflow: CID; readonly labels: readonly string[] }
  | { readonly type: 'running'; readonly label: string; readonly task: CID }
  | ({ readonly type: 'settled' } & SettledTask)
  | Exclude<JournalEvent, { type: 'settled' }>

/** A task with its receipt. */
export interface SettledTask extends Omit<TaskRecord, 'receipt'> {
  readonly receipt: Receipt
  /** What it used, where it ran for this workflow. */
  readonly report?: Report
  /** It comes of a secret: what it gave, and its name, are nobody else's to see. */
  readonly secret?: true
}

/** Hears of a run's events. */
export type OnEvent = (event: RunEvent) => void

/**
 * How a run stands when nothing more of it goes on here: ended; suspended; with a mutation whose outcome is unknown, that
 * waits for a person; or halted, since this node stops, so that it can be gone on with.
 */
export type RunStop = RunEnd | 'suspended' | 'unknown' | 'halted'

/** A run of which nothing more goes on here. */
export interface EndedRun {
  readonly run: CID
  readonly workflow: CID
  readonly end: RunStop
  /** By label, in the order in which they were settled. */
  readonly tasks: ReadonlyMap<string, SettledTask>
}

/** How a run is followed. */
export interface FollowOptions {
  readonly onEvent?: OnEvent
  /** Nobody waits until it is written down. */
  readonly canWait?: boolean
  /** Cancels the run. */
  readonly signal?: AbortSignal
}
