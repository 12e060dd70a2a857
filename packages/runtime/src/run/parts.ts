import type { CID } from '@ipvm/ipld'
import type { RunState } from '@ipvm/store'
import type { Workflow } from '@ipvm/workflow'
import type { Authority } from '../authority/authority.ts'
import type { Mutations } from '../effect/mutation.ts'
import type { Past } from '../submission/past.ts'
import type { Engine } from '../engine/engine.ts'
import type { OnEvent } from './event.ts'
import type { Executor } from '../engine/executor.ts'
import type { RunTask } from './task.ts'

/** What a run is made of. */
export interface RunParts {
  readonly engine: Engine
  readonly executor: Executor
  readonly mutations: Mutations
  readonly state: RunState
  /** The block of what happened, that it is for. */
  readonly event: CID | undefined
  /** How many events led to it, one by the other. */
  readonly depth: number
  readonly workflow: Workflow
  /** Its one task was just looked for, and is not known. */
  readonly isUnknown: boolean
  readonly runNonce: Uint8Array
  /** Those of its document, and those that they had asked for before. */
  readonly tasks: readonly RunTask[]
  /** Those that are settled, in their order. */
  readonly settled: readonly RunTask[]
  /** What was written down of it before. */
  readonly past: Past
  readonly spawned: { count: number }
  readonly authority: Authority
  /** When the journal has the run. */
  readonly journaled: Promise<void>
  readonly onEvent: OnEvent
  /** Told of tasks that its functions asked for. */
  readonly onSpawned: (tasks: readonly RunTask[]) => void
}

/** Why a run is stopped: for good, until it is resumed, or since this node stops. */
export type StopKind = 'cancel' | 'suspend' | 'halt'
