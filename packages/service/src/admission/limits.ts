import type { Rate } from './bucket.ts'

export type { Rate }

/** How much of others is taken on. */
export interface AdmissionLimits {
  /** Invocations of one agent that proves what it may. */
  readonly agent: Rate
  /** Invocations from one address of commands that anybody may invoke, and messages of reconciliations. */
  readonly open: Rate
  /** What one address brings that proves itself, whoever brings it, and is kept: revocations. */
  readonly unproven: Rate
  /** Invocations from one address that were refused. */
  readonly refused: Rate
  /** How many invocations of one agent are answered side by side. */
  readonly atOncePerAgent: number
  /** From how many tasks in line for one command on no more runs are taken on. */
  readonly tasksInLine: number
  /** From how many open runs on no more are taken on. */
  readonly runs: number
}

/** What holds where nothing else is set. */
export const defaultAdmission: AdmissionLimits = {
  agent: { perSecond: 10_000, burst: 20_000 },
  open: { perSecond: 100, burst: 1000 },
  unproven: { perSecond: 1, burst: 1000 },
  refused: { perSecond: 10, burst: 200 },
  atOncePerAgent: 512,
  tasksInLine: 4096,
  runs: 8192,
}
