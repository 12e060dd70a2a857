import { cidKey, type CID } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import type { Removal } from '../housekeeping.ts'
import { recentSeconds, stepItemsMax, unusedSeconds } from '../limits.ts'
import type { RunState } from '../journal.ts'
import type { Store } from '../store.ts'
import { forgetEvents } from './events.ts'
import { rootsOf } from './roots.ts'
import { amountOf, takeInventory, type Amount, type Inventory, type Item } from './inventory.ts'

/** What may stay in a store. */
export interface RetentionOptions {
  readonly now: UnixSeconds
  /** Bytes of all blocks together. Without it, and without `receiptsMax`, only what nothing refers to goes. */
  readonly bytesMax?: number
  readonly receiptsMax?: number
  /** For how long a block that nothing refers to stays after it was brought, seconds. */
  readonly unusedSeconds?: number
  /** Only finds out what would go. */
  readonly isDryRun?: boolean
  /** How many things go in one step. */
  readonly stepItems?: number
}

/** What was let go of. */
export interface Collection {
  readonly before: Amount
  readonly removed: Amount
  readonly runs: number
  /** Whether the quota is still crossed: by what is pinned, has a name, is under way, or was used just now. */
  readonly isOverQuota: boolean
  /** Why less went than should have: runs that go on, or one that began meanwhile. */
  readonly heldBy?: 'runs under way' | 'a run that began'
}

/**
 * Lets go of what is needed no longer (ADR 51): blocks that neither a pin, a name, a run nor a receipt reaches; and where a
 * quota is crossed, the runs and receipts that were used longest ago, with what only they need. What stays is whole.
 * It goes in steps of at most `stepItemsMax` things, in an order in which nothing is ever there without what it needs.
 */
export async function collectGarbage(store: Store, options: RetentionOptions): Promise<Collection> {
  if (!options.isDryRun) await forgetEvents(store, options.now)
  const inventory = await takeInventory(store)
  const before = inventory.whole
  const open = inventory.runs.filter(({ end }) => end === undefined)
  await keepAlways(store, inventory, open)
  // One that is suspended uses nothing by itself, and has what it has settled.
  const underWay = open.filter(({ suspended }) => !suspended)
  const fits = (kept: Amount) => isWithin(kept, options)
  await keepByUse(inventory, underWay.length > 0 ? () => true : fits, options)
  const leaving = whatLeaves(inventory, options)
  const done = options.isDryRun ? planned(leaving) : await removeAll(store, inventory, leaving, options)
  const { bytes, receipts } = done.removed
  const isOverQuota = !fits({ ...before, bytes: before.bytes - bytes, receipts: before.receipts - receipts })
  const isHeld = isOverQuota && underWay.length > 0
  return { before, ...(isHeld && { heldBy: 'runs under way' }), ...done, isOverQuota }
}

interface Leaving {
  /** The oldest first. */
  readonly runs: readonly RunState[]
  /** The youngest first, so that none is there without those that it was made from. */
  readonly receipts: readonly Item[]
  /** Those first that were brought longest ago. */
  readonly blocks: readonly Item[]
}

async function keepAlways(store: Store, inventory: Inventory, open: readonly RunState[]): Promise<void> {
  const pinned = new Set((await store.pins()).map(cidKey))
  const isPinned = ({ run, workflow }: RunState) => pinned.has(cidKey(run)) || pinned.has(cidKey(workflow))
  for await (const roots of rootsOf(store)) await inventory.keep(roots)
  for (const run of inventory.runs.filter(isPinned)) await inventory.keepRun(run)
  for (const run of open) await inventory.keepRun(run)
}

/** Keeps what was used last, until no more fits; the rest goes, also where a smaller part of it would still fit. */
async function keepByUse(inventory: Inventory, fits: (kept: Amount) => boolean, options: RetentionOptions) {
  const recent = recentTime(options)
  let isFull = false
  for (const { run, roots, used } of inventory.units()) {
    const rule = used > recent ? undefined : isFull ? never : fits
    const isKept = run ? await inventory.keepRun(run, rule) : await inventory.keep(await roots(), rule)
    if (!isKept) isFull = true
  }
}

/** What was used after this stays, whatever the quota. */
function recentTime(options: RetentionOptions): UnixSeconds {
  return options.now - Math.min(options.unusedSeconds ?? unusedSeconds, recentSeconds)
}

function never(): boolean {
  return false
}

function whatLeaves(inventory: Inventory, options: RetentionOptions): Leaving {
  const unused = options.now - (options.unusedSeconds ?? unusedSeconds)
  const recent = recentTime(options)
  const isGoing = ({ cid }: { cid: CID }) => !inventory.isKept(cid)
  const isOld = ({ cid, used }: Item) => used <= (inventory.isLeft(cid) ? recent : unused)
  const receipts = inventory.receipts.flatMap(cid => inventory.items.get(cidKey(cid)) ?? []).filter(isGoing)
  const blocks = [...inventory.items.values()].filter(item => !item.isReceipt && isGoing(item) && isOld(item))
  return {
    runs: inventory.runs.filter(run => !inventory.isKeptRun(run)).toReversed(),
    receipts: receipts.toReversed(),
    blocks: blocks.sort((a, b) => a.used - b.used || (cidKey(a.cid) < cidKey(b.cid) ? -1 : 1)),
  }
}

function isWithin({ bytes, receipts }: Amount, { bytesMax = Infinity, receiptsMax = Infinity }: RetentionOptions) {
  return bytes <= bytesMax && receipts <= receiptsMax
}

type Done = Pick<Collection, 'removed' | 'runs' | 'heldBy'>

function planned({ runs, receipts, blocks }: Leaving): Done {
  return { removed: amountOf([...receipts, ...blocks]), runs: runs.length }
}

async function removeAll(
  store: Store,
  inventory: Inventory,
  { runs, receipts, blocks }: Leaving,
  options: RetentionOptions,
): Promise<Done> {
  const size = options.stepItems ?? stepItemsMax
  const none: Leaving = { runs: [], receipts: [], blocks: [] }
  const steps: readonly Leaving[] = [
    ...chunks(runs, size).map(some => ({ ...none, runs: some })),
    ...chunks(receipts, size).map(some => ({ ...none, receipts: some })),
    ...chunks(blocks, size).map(some => ({ ...none, blocks: some })),
  ]
  const goneRuns = new Set<string>()
  const removed: Item[] = []
  for (const step of steps) {
    const newest = inventory.runs.find(({ run }) => !goneRuns.has(cidKey(run)))
    const removal: Removal = {
      newestRun: newest?.run,
      // What was brought again since stays.
      usedBefore: recentTime(options) + 1,
      runs: step.runs.map(({ run }) => run),
      receipts: step.receipts.map(({ cid }) => cid),
      blocks: step.blocks.map(({ cid }) => cid),
    }
    if (!(await store.remove(removal))) {
      return { removed: amountOf(removed), runs: goneRuns.size, heldBy: 'a run that began' }
    }
    for (const { run } of step.runs) goneRuns.add(cidKey(run))
    removed.push(...step.receipts, ...step.blocks)
  }
  return { removed: amountOf(removed), runs: goneRuns.size }
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
