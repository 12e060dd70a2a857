import type { CID, ValueMap } from '@ipvm/ipld'
import type { RunState } from '@ipvm/store'
import type { Layout, PlacedTask } from '@ipvm/workflow'
import type { RunEvent } from '../run/event.ts'

/** A run that this process begins, or goes on with. */
export interface ObservedRun {
  readonly state: RunState
  readonly layout: Layout
  /** What its invocation says beside the request, such as whose trace it belongs to. */
  readonly meta?: ValueMap | undefined
}

/** Watches what goes on in this process, for metrics and traces. It is told, and has no say in what is done. */
export interface Observer {
  opened(run: ObservedRun): void
  event(event: RunEvent): void
  /** Tasks join a run that its functions asked for, under each of their labels. */
  spawned?(run: CID, tasks: readonly PlacedTask[]): void
  /** What another agent is told in the `meta` of what it is asked for, such as whose trace it belongs to. */
  metaFor?(run: CID, label: string): ValueMap | undefined
  /** Nothing more of it goes on here. */
  closed(run: CID): void
  /** A change was written and is durable; it took so many milliseconds. */
  committed(milliseconds: number): void
}

/** What a runtime has in hand at a moment. */
export interface RuntimeSample {
  /** By command: tasks in line, and under way. */
  readonly commands: Readonly<Record<string, { readonly queued: number; readonly running: number }>>
  /** Open runs that go on here, and those that wait in line. */
  readonly runs: { readonly running: number; readonly queued: number }
  /** Changes that could not be written, since the disk is full, and are tried again. */
  readonly heldCommits: number
}
