import type { CID } from '@ipvm/ipld'
import type { Outcome, UnixSeconds } from '@ipvm/ucan'

/** How a run ended. */
export type RunEnd = 'ok' | 'failed' | 'cancelled'

/**
 * How a task of a run was settled: by running now; by an earlier receipt; by failing; by a handler that caught its failure;
 * not at all, since what it awaits went the other way; or taken back before it was released, since another task failed.
 */
export type Settlement = 'ran' | 'reused' | 'failed' | 'caught' | 'skipped' | 'withdrawn'

/** One settled task of a run. */
export interface TaskRecord {
  readonly label: string
  readonly task: CID
  readonly how: Settlement
  readonly receipt: CID
  readonly milliseconds: number
}

/** Why something is tried again, or is not known, in a few words. */
export interface Cause {
  readonly name: string
  readonly message: string
}

/** What happens to a run and is written down. What is settled last under a label counts. */
export type JournalEvent =
  | ({ readonly type: 'settled' } & TaskRecord)
  /** A function ran, and asked for tasks that join the run; so many did. Its receipt says which. */
  | {
      readonly type: 'spawned'
      readonly label: string
      readonly task: CID
      readonly receipt: CID
      readonly tasks: number
    }
  /** A mutation is about to be asked for; on the disk before it is. */
  | { readonly type: 'intent'; readonly label: string; readonly task: CID; readonly attempt: number }
  /**
   * Another agent is asked for it, by an invocation whose block is stored; the same one as long as it may have arrived. It is
   * given up at `until`, milliseconds since 1970; absent where it was not asked yet.
   */
  | {
      readonly type: 'signed'
      readonly label: string
      readonly task: CID
      readonly invocation: CID
      readonly until?: number
    }
  /** The agent that is asked for it does not answer; it is given up at `until`, milliseconds since 1970. */
  | {
      readonly type: 'away'
      readonly label: string
      readonly task: CID
      readonly agent: string
      readonly cause: Cause
      readonly until: number
    }
  /** It is to be tried again at `due`, milliseconds since 1970. */
  | {
      readonly type: 'retrying'
      readonly label: string
      readonly task: CID
      readonly attempt: number
      readonly cause: Cause
      readonly due: number
    }
  /** It awaits a task that nobody has had done here; it fails at `until`, milliseconds since 1970. */
  | { readonly type: 'waiting'; readonly label: string; readonly target: CID; readonly until: number }
  /** The mutations may be asked for: whatever they could depend on has been settled, and nothing failed. */
  | { readonly type: 'released' }
  /** A mutation may have happened or not, and asking again could do it twice: it waits for a person. */
  | { readonly type: 'unknown'; readonly label: string; readonly task: CID; readonly cause: Cause }
  /** Nothing more of it goes on until a person says how its unknown mutations ended. */
  | { readonly type: 'parked' }
  /** These are to be settled anew. The run has not ended, if it had. */
  | { readonly type: 'reopened'; readonly labels: readonly string[] }
  | { readonly type: 'suspended' }
  | { readonly type: 'resumed'; readonly owner: string }
  | { readonly type: 'cancelling' }
  | { readonly type: 'ended'; readonly end: RunEnd }

/** An entry of a run's journal. Its numbers begin at 1 and have no gaps; 0 is that it was accepted. */
export interface JournalEntry {
  readonly run: CID
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly event: JournalEvent
}

/** The journal's head of a run: all that is needed to go on with it on this machine. */
export interface RunStart {
  /** The name of the invocation of `/workflow/run`, and of the run. */
  readonly run: CID
  /** The block of the invocation; another name of the same request, where its signature is a twin (ADR 26). */
  readonly invocation: CID
  /** The delegations that came along, whose blocks are stored. */
  readonly delegations: readonly CID[]
  readonly workflow: CID
  readonly name?: string
  readonly tasks: number
  readonly at: UnixSeconds
  /** Who accepted it: a process on this machine. */
  readonly owner: string
}

/** A run as the journal tells it. */
export interface RunState extends RunStart {
  /** The number of its last entry. */
  readonly seq: number
  readonly suspended: boolean
  readonly cancelling: boolean
  readonly end?: RunEnd
  readonly endedAt?: UnixSeconds
}

/** A run with each of its settled tasks, as they were settled last. */
export interface RunRecord extends RunState {
  readonly settled: readonly TaskRecord[]
}

/** A run with how many of its tasks were settled in which way, and how many milliseconds those took that ran. */
export interface RunSummary extends RunState {
  readonly counts: Readonly<Record<Settlement, number>>
  readonly milliseconds: number
}

/** A mutation that was asked for, or is about to be, and whose outcome is not written down. */
export interface Intent {
  /** The resolved task: the name that the mutation is done once under. */
  readonly task: CID
  readonly run: CID
  readonly label: string
  readonly attempt: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What someone asks of a run, who need not be the process that runs it. */
export type RunRequest =
  | { readonly type: 'suspend' | 'resume' | 'cancel' }
  /** Settles a task anew: one that failed, or one whose outcome is unknown. */
  | { readonly type: 'retry'; readonly label: string }
  /** A person says how a task ended whose outcome is unknown. */
  | { readonly type: 'settle'; readonly label: string; readonly out: Outcome }

/** A request that waits for whoever runs this store's workflows. */
export interface PendingRequest {
  readonly number: number
  readonly run: CID
  readonly request: RunRequest
}

/** When a workflow is run next. */
export interface ScheduleRecord {
  /** The schedule's document. */
  readonly schedule: CID
  readonly workflow: CID
  /** When it is due, seconds since 1970; absent where it is over. */
  readonly due?: UnixSeconds
  /** Up to when all that was due is settled; when it was made, at first. */
  readonly last?: UnixSeconds
  /** How often it was due while nobody was there to run it. */
  readonly missed: number
}

/** A value of this store's own key-value map, with the number of its change. */
export interface KvEntry {
  readonly key: string
  /** DAG-CBOR. */
  readonly value: Uint8Array
  readonly version: number
}
