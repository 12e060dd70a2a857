import type { CID } from '@ipvm/ipld'
import type { Settlement } from '@ipvm/store'
import type { RunCondition, StatusParts } from '../status/status.ts'

/** The four lanes of a run: what came from outside and from people, and the three classes of tasks. */
const lanes = ['base', 'pure', 'query', 'mutation'] as const

/** One of the four lanes. */
export type LaneName = (typeof lanes)[number]

/** Something of a run that has a moment and no length: a request, a schedule's or a person's, or a step of the run. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly kind:
    | 'accepted'
    | 'resumed'
    | 'released'
    | 'parked'
    | 'suspended'
    | 'cancelling'
    | 'reopened'
    | 'told'
    | 'ended'
  readonly text: string
}

/** A stretch of a task's time. */
export interface Piece {
  /**
   * `attempt`: it was being done, or in line; `pause`: until the next attempt; `held`: a mutation, until it was released;
   * `await`: for a task of another workflow; `doubt`: until a person said how it had ended.
   */
  readonly kind: 'attempt' | 'pause' | 'held' | 'await' | 'doubt'
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** How an attempt ended; `cut`: with its process; `open`: it goes on. */
  readonly ended: 'ok' | 'failed' | 'unknown' | 'cut' | 'open'
}

/** How a task stands: settled, of unknown outcome, or under way (or in line, which the journal does not tell apart). */
export type BarState = Settlement | 'unknown' | 'open'

/** A task along time. Labels that share a pure task or a query share its bar. */
export interface Bar {
  readonly label: string
  readonly labels: readonly string[]
  readonly lane: Exclude<LaneName, 'base'>
  readonly cmd: string
  readonly state: BarState
  /** In their order; none where it was settled at once. */
  readonly pieces: readonly Piece[]
  /** Milliseconds since 1970: when it began to be done, or to be held, and when it was settled. */
  readonly from: number
  readonly to: number
  readonly attempts: number
  /** The name of its failure, or of the last attempt's. */
  readonly failure?: string
  /** The mutation that it undoes. */
  readonly undoes?: string
  /** Whose it is to do, where that is another agent: a DID, or what whoever draws it calls that one. */
  readonly agent?: string
  /** The bars that it awaits, by their places in the list. */
  readonly awaits: readonly number[]
}

/** A run along time: all that is drawn of it. */
export interface Timeline {
  readonly run: CID
  readonly name: string
  readonly condition: RunCondition
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly moments: readonly Moment[]
  /** In the order in which they began. */
  readonly bars: readonly Bar[]
  /** Labels of tasks of which nothing has happened yet. */
  readonly waiting: readonly string[]
}

/** What is known of a task beside the journal. */
export interface TaskDetail {
  /** The name of its failure. */
  readonly failure?: string
}

/** What a timeline is told from. */
export interface TimelineParts extends StatusParts {
  /** By the keys of receipts (`cidKey`). */
  readonly details?: ReadonlyMap<string, TaskDetail>
  /** What started the run, such as a schedule or an event, where that is known. */
  readonly origin?: string
}
