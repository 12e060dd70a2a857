import type { Block, CID } from '@ipvm/ipld'
import type { NameRecord, Receipt, Revocation, UnixSeconds } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'

/**
 * What a node keeps. Everything content-addressed (files, documents, tasks, receipts) is a block; the rest are indexes
 * of receipts, and the journal of runs. What `commit` has resolved for survives a crash.
 */
export interface Store {
  /** A block's bytes as stored; whoever needs them to be right checks them against the name. */
  block(cid: CID): Promise<Uint8Array | undefined>
  hasBlock(cid: CID): Promise<boolean>
  /** Receipts that settle a task's name (asked, resolved, or an alias) under a profile, oldest first. */
  resultsFor(name: CID, profile: string): Promise<readonly CID[]>
  /** Every stored receipt that ran a task, permanent or not, oldest first. */
  receiptsOf(task: CID): Promise<readonly CID[]>
  /** What the run behind a receipt used and wrote; the last one, where it ran more than once. */
  report(receipt: CID): Promise<Report | undefined>
  /** The task's name that an alias stands for. */
  aliased(alias: CID): Promise<CID | undefined>
  /** The records of an agent's name, the one with the highest number first; of two with one number, the first that came. */
  names(iss: Did, name: string): Promise<readonly NameIndex[]>
  /** The file of the source map that was last brought with a module. */
  sourceMap(mod: CID): Promise<CID | undefined>
  /** The record that a local name stands for. */
  pinned(local: string): Promise<CID | undefined>
  /** All local names, in the order of the alphabet. */
  pins(): Promise<readonly Pin[]>
  /** Everyone who revoked the delegation of this name, so that a store is a view of revocations. */
  revokersOf(cid: CID): Promise<readonly Did[]>
  /** The newest runs first, without their tasks. */
  runs(limit: number): Promise<readonly RunSummary[]>
  /** One run, with how its tasks ended so far. */
  run(id: CID): Promise<RunRecord | undefined>
  /** The newest run of a workflow. */
  runOf(workflow: CID): Promise<RunRecord | undefined>
  /**
   * Writes a change, all of it or nothing. Its blocks and results can be read at once; it is durable when this resolves.
   * Changes become durable in the order in which they came, but for one that is rejected, with a {@link StoreError}.
   */
  commit(change: Change): Promise<void>
  close(): Promise<void>
}

/** What is written together or not at all. */
export interface Change {
  readonly blocks?: readonly Block[]
  readonly receipts?: readonly Receipt[]
  readonly reports?: readonly ReportRecord[]
  /** "This receipt settles that name", for memoisable results. */
  readonly results?: readonly ResultIndex[]
  readonly revocations?: readonly Revocation[]
  readonly names?: readonly NameRecord[]
  /** Files that say where a module's code comes from; for people, and for this node alone. */
  readonly sourceMaps?: readonly { readonly mod: CID; readonly map: CID }[]
  /** Local names, in place of what they stood for before. */
  readonly pins?: readonly Pin[]
  /** "That spelling is this task." */
  readonly aliases?: readonly (readonly [alias: CID, name: CID])[]
  readonly runStarted?: RunStart
  readonly taskSettled?: { readonly run: CID; readonly task: TaskRecord }
  readonly runEnded?: { readonly run: CID; readonly at: UnixSeconds; readonly end: RunEnd }
}

/** A name that a receipt settles, under a profile. */
export interface ResultIndex {
  readonly name: CID
  readonly profile: string
  readonly receipt: CID
}

/** A name record by its number. */
export interface NameIndex {
  readonly seq: number
  readonly record: CID
}

/** What a name stands for on this node: the name record that was chosen, until another one is. */
export interface Pin {
  readonly local: string
  readonly record: CID
}

/** Amounts of what a run uses: units of gas, bytes of memory, output and disk, milliseconds of time. */
export interface Resources {
  readonly gas: number
  readonly memory: number
  readonly output: number
  readonly disk: number
  readonly time: number
}

/** What a run used of what it might, and what it wrote to its log: facts about one run, which are no part of its result. */
export interface Report {
  readonly used: Resources
  readonly limits: Resources
  readonly log: string
  /** Where the guest was when it failed, the innermost function first; absent where it did not (ADR 48). */
  readonly stack?: readonly string[]
}

/** A report, and the receipt of the run that it is about. */
export interface ReportRecord extends Report {
  readonly receipt: CID
}

/** How a run ended. */
export type RunEnd = 'ok' | 'failed' | 'cancelled'

/** The journal's first entry of a run. */
export interface RunStart {
  /** The invocation of `/workflow/run`. */
  readonly run: CID
  readonly workflow: CID
  readonly name?: string
  readonly tasks: number
  readonly at: UnixSeconds
  /** Who runs it, so that a run cut off can be told from one under way; a process id on this machine. */
  readonly owner: string
}

/** How a task of a run was settled: by running now, by an earlier receipt, by failing, or not at all. */
export type Settlement = 'ran' | 'reused' | 'failed' | 'skipped'

/** The journal's entry of one settled task. */
export interface TaskRecord {
  readonly label: string
  readonly task: CID
  readonly how: Settlement
  readonly receipt: CID
  readonly milliseconds: number
}

/** A run as the journal tells it; without `end` it is under way, or was cut off. */
export interface RunState extends RunStart {
  readonly end?: RunEnd
  readonly endedAt?: UnixSeconds
}

/** A run with each of its settled tasks. */
export interface RunRecord extends RunState {
  readonly settled: readonly TaskRecord[]
}

/** A run with how many of its tasks were settled in which way, and how many milliseconds those took that ran. */
export interface RunSummary extends RunState {
  readonly counts: Readonly<Record<Settlement, number>>
  readonly milliseconds: number
}

/** Why a store could not do its work. */
export type StoreProblem = 'StoreCorrupt' | 'StoreFull' | 'StoreLocked' | 'StoreUnreadable'

/**
 * A fault of the disk or the file below a store. Thrown, since any call may meet it and none can mend it (ADR 4);
 * what was committed before stays.
 */
export class StoreError extends Error {
  override readonly name: StoreProblem

  constructor(name: StoreProblem, message: string, cause: unknown) {
    super(message, { cause })
    this.name = name
  }
}
