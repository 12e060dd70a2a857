import type { CID } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'

/** What a store can be asked to see what it holds as a whole, to pin parts of it, and to let go of others. */
export interface Housekeeping {
  /** All blocks, page by page, in an order that stays; what comes meanwhile may be missed. */
  listBlocks(page: PageOptions): Promise<Page<BlockEntry>>
  /** All receipts, page by page, in the order in which they came: none comes before those that it was made from. */
  listReceipts(page: PageOptions): Promise<Page<CID>>
  /** The signed revocations, as far as they are known. */
  listRevocations(): Promise<readonly CID[]>
  /** The tasks whose results contradict each other, those first whose results came first. */
  listEquivocations(): Promise<readonly Equivocation[]>
  /** The records of all names, in the order in which they came. */
  listNames(): Promise<readonly CID[]>
  /** The source maps of all modules. */
  listSourceMaps(): Promise<readonly SourceMap[]>
  /** What comes of a secret, in any order. */
  listSecrets(): Promise<readonly CID[]>
  /** What was pinned and not unpinned. */
  pins(): Promise<readonly CID[]>
  /** Whether results of this executor count as our own do. */
  trusts(executor: Did): Promise<boolean>
  /**
   * Lets go of runs, of receipts (their blocks, what they settle and their reports too) and of blocks (and which source
   * map a module has); all of it or nothing. False, and nothing is gone, where a run was started since it was decided what goes.
   */
  remove(removal: Removal): Promise<boolean>
  /** How often it has let go of something, by whichever process: as long as that stays, all that was there is. */
  removals(): Promise<number>
}

/** Where a page begins, and how long it may be. */
export interface PageOptions {
  readonly limit: number
  /** As the page before gave it; the first page where it is absent. */
  readonly after?: Cursor | undefined
}

/** A place in a list; what it says is the store's own business. */
export type Cursor = number | string

/** A part of a list, and where the next one begins, if there is one. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: Cursor | undefined
}

/** A block as housekeeping sees it. */
export interface BlockEntry {
  readonly cid: CID
  /** Bytes. */
  readonly size: number
  /** When it was brought last, to within `usedStepSeconds`. */
  readonly used: UnixSeconds
}

/** A file that says where a module's code comes from. */
export interface SourceMap {
  readonly mod: CID
  readonly map: CID
}

/** What a store is to let go of. */
export interface Removal {
  /** The newest run when it was decided what goes. */
  readonly newestRun: CID | undefined
  /** Blocks that were brought again at this time or later stay. */
  readonly usedBefore: UnixSeconds
  readonly runs?: readonly CID[]
  readonly receipts?: readonly CID[]
  readonly blocks?: readonly CID[]
}

/** Different results of one pure task under one profile: at least one of them is wrong (design § Data). */
export interface Equivocation {
  /** The resolved task. */
  readonly task: CID
  readonly profile: string
  /** Those that do not say the same, and those that say the same as one of them; the oldest first. */
  readonly receipts: readonly CID[]
  /** Those of them that were found to be wrong, and settle nothing any more. */
  readonly refuted: readonly CID[]
}

/** Receipts that are found to contradict each other. */
export type Contradiction = Omit<Equivocation, 'refuted'>
