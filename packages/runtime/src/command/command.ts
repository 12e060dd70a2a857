import type { CID, Failure, Result, ValueMap } from '@ipvm/ipld'
import type { Outcome } from '@ipvm/ucan'
import type { AskedEffects } from '../outcome/asked.ts'
import type { TaskConfig } from '@ipvm/workflow'

/** How one run of a task ended. */
export interface Execution {
  readonly out: Outcome
  /** The tasks that the function asked for, where its outcome is `ok`. */
  readonly fx?: AskedEffects
  /** Whether the outcome is a property of the task, and so is kept and reused; else it is a fact about this run. */
  readonly permanent: boolean
  /** Whether the host failed, not the task: it may be tried again. Never where `permanent`. */
  readonly again?: boolean
  /** What the run used and wrote; absent where it did not come to run, or nothing is left to say so. */
  readonly report?: ExecutionReport
}

/** What one run used, and what it wrote to its log. `gas` has to be the same on every machine where the outcome is. */
export interface ExecutionReport {
  readonly gas: number
  /** Bytes. */
  readonly memory: number
  /** Bytes. */
  readonly output: number
  /** Milliseconds. */
  readonly time: number
  readonly log: string
  /** Where it was when it failed, the innermost first: for people, and for this run alone (ADR 48). */
  readonly stack?: readonly string[]
}

/** What a command may use while it runs. */
export interface Context {
  readonly config: TaskConfig
  /** The name of the resolved task: what its random numbers are drawn from. */
  readonly task: CID
  readonly signal: AbortSignal
  /** The content of a file, every block verified. */
  readonly loadFile: (cid: CID) => Promise<Result<Uint8Array, Failure>>
}

/**
 * Does the pure tasks of one command: the same arguments give the same permanent outcome, on every machine that has
 * the same `profile`.
 */
export interface PureCommand {
  readonly profile: string
  /** How many of its tasks may be under way at once; the others wait, without their arguments. */
  readonly parallel: number
  /** The names of arguments that link to what is run, and not read: who may have it run need not be let read it. */
  readonly runs?: readonly string[]
  run(args: ValueMap, context: Context): Promise<Execution>
}
