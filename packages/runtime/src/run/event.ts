import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { Report, RunEnd, Settlement } from '@ipvm/store'

/** What happens to a run, as it happens. */
export type RunEvent =
  | { readonly type: 'started'; readonly run: CID; readonly workflow: CID; readonly labels: readonly string[] }
  | { readonly type: 'running'; readonly label: string; readonly task: CID }
  | ({ readonly type: 'settled' } & SettledTask)
  | { readonly type: 'ended'; readonly end: RunEnd }

/** A task with its receipt. */
export interface SettledTask {
  readonly label: string
  readonly task: CID
  readonly how: Settlement
  readonly receipt: Receipt
  readonly milliseconds: number
  /** What it used, where it ran for this workflow. */
  readonly report?: Report
}

/** Hears of a run's events. */
export type OnEvent = (event: RunEvent) => void

/** A run that has ended. */
export interface EndedRun {
  readonly run: CID
  readonly workflow: CID
  readonly end: RunEnd
  /** By label, in the order in which they were settled. */
  readonly tasks: ReadonlyMap<string, SettledTask>
}
