import type { Block, CID, Failure, Result } from '@ipvm/ipld'
import type { NameRecord, Receipt, Revocation, UnixSeconds } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Contradiction, Equivocation, Housekeeping, SourceMap } from './housekeeping.ts'
import type {
  Intent,
  JournalEntry,
  KvEntry,
  PendingRequest,
  RunRecord,
  RunRequest,
  RunStart,
  RunState,
  RunSummary,
  ScheduleRecord,
} from './journal.ts'
import type {
  CursorChange,
  CursorRecord,
  Feed,
  FeedPage,
  InboxCounts,
  InboxName,
  InboxRecord,
  InboxState,
  KvChangeEntry,
  NumberedEvent,
  ReceiptEntry,
  TriggerRecord,
} from './trigger.ts'

/**
 * What a node keeps. Everything content-addressed (files, documents, tasks, receipts) is a block; the rest are indexes
 * of receipts, and the journal of runs. What `commit` has resolved for survives a crash.
 */
export interface Store extends Housekeeping {
  /** A block's bytes as stored; whoever needs them to be right checks them against the name. */
  block(cid: CID): Promise<Uint8Array | undefined>
  hasBlock(cid: CID): Promise<boolean>
  /** Receipts that settle a task's name (asked, resolved, or an alias) under a profile, oldest first. */
  resultsFor(name: CID, profile: string): Promise<readonly CID[]>
  /** The results of a task under a profile that contradict each other; undefined where none do. */
  equivocation(task: CID, profile: string): Promise<Equivocation | undefined>
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
  localName(local: string): Promise<CID | undefined>
  /** All local names, in the order of the alphabet. */
  localNames(): Promise<readonly LocalName[]>
  /** Everyone who revoked the delegation of this name, so that a store is a view of revocations. */
  revokersOf(cid: CID): Promise<readonly Did[]>
  /** The newest runs first, without their tasks; those that are older than the run `before`, where it is given. */
  runs(limit: number, before?: CID): Promise<readonly RunSummary[]>
  /** One run, with how its tasks ended so far. */
  run(id: CID): Promise<RunRecord | undefined>
  /** The newest run of a workflow. */
  runOf(workflow: CID): Promise<RunRecord | undefined>
  /** The runs that have not ended, the oldest first. */
  openRuns(): Promise<readonly RunState[]>
  /** A run's journal in its order, from the entry after the number `after`. */
  journal(run: CID, after?: number): Promise<readonly JournalEntry[]>
  /** The mutation of this name that was asked for and whose outcome is not written down. */
  intent(task: CID): Promise<Intent | undefined>
  /** All of these, the oldest first. */
  intents(): Promise<readonly Intent[]>
  /** What is asked of runs and was not taken up yet, the oldest first. */
  requests(): Promise<readonly PendingRequest[]>
  schedules(): Promise<readonly ScheduleRecord[]>
  schedule(schedule: CID): Promise<ScheduleRecord | undefined>
  /** The schedules that are due at `now`, those first that were due first, and when the next one is after that. */
  dueSchedules(now: UnixSeconds): Promise<DueSchedules>
  triggers(): Promise<readonly TriggerRecord[]>
  /** The events of a trigger in one state, in the order in which they came. */
  inbox(trigger: CID, state: InboxState, page: FeedPage): Promise<readonly NumberedEvent[]>
  inboxEvent(name: InboxName): Promise<NumberedEvent | undefined>
  inboxCounts(trigger: CID): Promise<InboxCounts>
  /** The cursors of a trigger whose keys come after `after`, in the order of their characters. */
  cursors(trigger: CID, page: { readonly limit: number; readonly after?: string }): Promise<readonly CursorRecord[]>
  /** Receipts in the order in which they came. */
  receiptFeed(page: FeedPage): Promise<readonly ReceiptEntry[]>
  /** The last change of each key, in the order in which they were made. */
  kvFeed(page: FeedPage): Promise<readonly KvChangeEntry[]>
  /** The number of the last entry of a feed; 0 where it never had one. */
  feedEnd(feed: Feed): Promise<number>
  kv(key: string): Promise<KvEntry | undefined>
  /** The number of a key's last change, also where that let it go; 0 where it never had a value. */
  kvVersion(key: string): Promise<number>
  /** The entries whose keys begin with `prefix`, in the order of their bytes, after the key `after`. */
  kvList(
    prefix: string,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly KvEntry[]>
  /** Whether a block or receipt comes of a secret, and so never leaves. */
  isSecret(cid: CID): Promise<boolean>
  /**
   * Takes the right to run this store's workflows: who has it knows that nobody else runs any. It ends with the process,
   * however that ends. Failure: `Claimed`, with who has it.
   */
  claim(owner: string): Promise<Result<Claim, Claimed>>
  /** A number that is another one whenever another process has written since it was asked for. */
  foreignWrites(): Promise<number>
  /**
   * Writes a change, all of it or nothing. Its blocks and results can be read at once; it is durable when this resolves.
   * Changes become durable in the order in which they came, but for one that is rejected, with a {@link StoreError}.
   */
  commit(change: Change): Promise<void>
  close(): Promise<void>
}

/** What is written together or not at all. */
export interface Change {
  /**
   * Nobody waits until this one is durable, such as the result of a pure task: it may wait some milliseconds for others.
   * The next one that cannot wait takes it along.
   */
  readonly canWait?: boolean
  readonly blocks?: readonly Block[]
  readonly receipts?: readonly Receipt[]
  readonly reports?: readonly ReportRecord[]
  /** "This receipt settles that name", for memoisable results. */
  readonly results?: readonly ResultIndex[]
  /** Receipts that contradict each other, besides those of the same task that are known to. */
  readonly equivocations?: readonly Contradiction[]
  /** Receipts of which it was found out that they are wrong: they stay, and settle nothing from now on. */
  readonly refuted?: readonly CID[]
  readonly revocations?: readonly Revocation[]
  readonly names?: readonly NameRecord[]
  /** Files that say where a module's code comes from; for people, and for this node alone. */
  readonly sourceMaps?: readonly SourceMap[]
  /** Local names, in place of what they stood for before. */
  readonly localNames?: readonly LocalName[]
  /** "That spelling is this task." */
  readonly aliases?: readonly (readonly [alias: CID, name: CID])[]
  /** "Keep that, and what it needs." */
  readonly pinned?: readonly CID[]
  readonly unpinned?: readonly CID[]
  /** "Results of that executor count here as our own do." */
  readonly trusted?: readonly Did[]
  /** "They count here no more": results of theirs stay, and are not used. */
  readonly untrusted?: readonly Did[]
  readonly runStarted?: RunStart
  /**
   * Entries of journals, each with the number after its run's last; the change is rejected (`StoreDisorder`) where one has a
   * later number, as it has when a change before it was rejected. An entry that is there already is left as it is.
   */
  readonly journal?: readonly JournalEntry[]
  /** Mutations that are about to be asked for. */
  readonly intents?: readonly Intent[]
  /** Mutations whose outcome is written down by this change: their intents are done with. */
  readonly concluded?: readonly CID[]
  readonly requests?: readonly { readonly run: CID; readonly request: RunRequest }[]
  /** The numbers of requests that this change takes up. */
  readonly taken?: readonly number[]
  /** In place of what was known of these schedules. */
  readonly schedules?: readonly ScheduleRecord[]
  readonly unscheduled?: readonly CID[]
  /** Values of the key-value map; a key without a value is let go, its number is not used again. */
  readonly kv?: readonly { readonly key: string; readonly value?: Uint8Array; readonly version: number }[]
  /** Blocks and receipts that come of a secret. */
  readonly secrets?: readonly CID[]
  /** In place of what was known of these triggers. */
  readonly triggers?: readonly TriggerRecord[]
  /** Triggers that are let go of, with their events and cursors. */
  readonly untriggered?: readonly CID[]
  /** Events that came; one that is there already is left as it is. */
  readonly events?: readonly InboxRecord[]
  /** In place of what was known of these events, where they are there. */
  readonly handled?: readonly InboxRecord[]
  readonly forgotten?: readonly InboxName[]
  readonly cursors?: readonly CursorChange[]
  /** How many events led to the receipts and values of this change, one by the other; none, where it is absent. */
  readonly depth?: number
}

/** What is due, and when the next is. */
export interface DueSchedules {
  readonly due: readonly ScheduleRecord[]
  readonly next?: UnixSeconds
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
export interface LocalName {
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

/** The right to run a store's workflows, until it is given back. */
export interface Claim {
  release(): Promise<void>
}

/** Another process runs this store's workflows. */
export interface Claimed extends Failure {
  readonly name: 'Claimed'
  readonly owner: string
}

/** Why a store could not do its work. */
export type StoreProblem = 'StoreCorrupt' | 'StoreDisorder' | 'StoreFull' | 'StoreLocked' | 'StoreUnreadable'

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
