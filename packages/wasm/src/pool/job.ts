import type { Result } from '@ipvm/ipld'
import type { RunFailure } from '../sandbox/failure.ts'
import type { WorkerJob, WorkerReply } from './message.ts'

/** A thread, to the jobs that it takes. */
export interface JobTaker {
  /** Whether it has a module. */
  has(key: string): boolean
  /** Notes that it has a module, and uses it now. */
  keep(key: string): void
  /** Nobody waits for a job any more. */
  withdraw(asked: AskedJob): void
}

/** What a thread is asked, and when the asking ends without an answer. */
export interface Job {
  /** The key of the module that it is about. */
  readonly key: string
  readonly request: (worker: JobTaker, number: number) => WorkerJob
  readonly transfer: readonly ArrayBuffer[]
  /** Milliseconds from the thread's start of the work on. */
  readonly time: number
  readonly signal: AbortSignal | undefined
  /** How long it will take, milliseconds, going by others like it; infinity where nothing is known. */
  readonly expected: number
}

/** The thread broke while it did the job. */
export interface Broken {
  readonly name: 'Broken'
  readonly message: string
}

/** How one try of a job ended. */
export type Answer = Result<WorkerReply, RunFailure | Broken>

/** A job that waits for its answer. */
export interface AskedJob {
  readonly job: Job
  /** How long a thread is taken for busy with it, milliseconds; infinity where nothing is to wait behind it. */
  readonly expected: number
  readonly settle: (answer: Answer) => void
  /** The thread that has it; none while it waits for one. */
  worker?: JobTaker | undefined
}
