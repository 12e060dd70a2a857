import { cidKey, type CID } from '@ipvm/ipld'
import type { UnixSeconds } from '@ipvm/ucan'
import type { BlockEntry, SourceMap } from '../housekeeping.ts'
import { stepItemsMax } from '../limits.ts'
import type { RunState } from '../journal.ts'
import type { Store } from '../store.ts'
import { each } from './pages.ts'
import { Reach } from './reach.ts'
import { eachRun } from './runs.ts'

/** How much there is of something. */
export interface Amount {
  readonly blocks: number
  /** Bytes of the blocks. */
  readonly bytes: number
  /** How many of the blocks are receipts. */
  readonly receipts: number
}

/** A block, and whether it is one of a receipt. */
export interface Item extends BlockEntry {
  readonly isReceipt: boolean
}

/** What was used at one time, and stays or goes as a whole: a run with all that it needs, or a receipt with all that it needs. */
export interface Unit {
  readonly used: UnixSeconds
  readonly run?: RunState
  readonly roots: () => Promise<readonly CID[]>
  readonly key: string
}

interface Held extends Pick<Inventory, 'runs' | 'receipts' | 'items'> {
  readonly sourceMaps: readonly SourceMap[]
}

/** What a store holds, and what of it was found to be needed. */
export class Inventory {
  /** The newest first. */
  readonly runs: readonly RunState[]
  /** In the order in which they came. */
  readonly receipts: readonly CID[]
  readonly items: ReadonlyMap<string, Item>
  readonly #kept = new Set<string>()
  readonly #left = new Set<string>()
  readonly #keptRuns = new Set<string>()
  readonly #reach: Reach
  #amount: Amount = { blocks: 0, bytes: 0, receipts: 0 }

  constructor(store: Store, { runs, receipts, items, sourceMaps }: Held) {
    this.runs = runs
    this.receipts = receipts
    this.items = items
    const maps = new Map(sourceMaps.map(({ mod, map }) => [cidKey(mod), map]))
    const isNew = (key: string) => items.has(key) && !this.#kept.has(key) && !this.#left.has(key)
    this.#reach = new Reach(store, isNew, key => maps.get(key))
  }

  /** How much is kept by now. */
  get kept(): Amount {
    return this.#amount
  }

  /** How much there is in all. */
  get whole(): Amount {
    return amountOf([...this.items.values()])
  }

  isKept(cid: CID): boolean {
    return this.#kept.has(cidKey(cid))
  }

  /** Whether it is needed by nothing that is kept, but by something that does not fit. */
  isLeft(cid: CID): boolean {
    return this.#left.has(cidKey(cid))
  }

  isKeptRun({ run }: RunState): boolean {
    return this.#keptRuns.has(cidKey(run))
  }

  /**
   * Keeps all that is reached from `roots`, where `fits` has nothing against how much is kept then; else leaves what was
   * not kept before. What was left is not kept later.
   */
  async keep(roots: readonly CID[], fits: (kept: Amount) => boolean = () => true): Promise<boolean> {
    const found: Item[] = []
    for await (const cid of this.#reach.from(roots)) {
      const item = this.items.get(cidKey(cid))
      if (item) found.push(item)
    }
    const { blocks, bytes, receipts } = amountOf(found)
    const { kept } = this
    const sum = { blocks: kept.blocks + blocks, bytes: kept.bytes + bytes, receipts: kept.receipts + receipts }
    const isKept = fits(sum)
    for (const { cid } of found) (isKept ? this.#kept : this.#left).add(cidKey(cid))
    if (isKept) this.#amount = sum
    return isKept
  }

  /** Keeps a run, and all that it needs. */
  async keepRun(run: RunState, fits?: (kept: Amount) => boolean): Promise<boolean> {
    if (!(await this.keep(await this.#reach.rootsOf(run), fits))) return false
    this.#keptRuns.add(cidKey(run.run))
    return true
  }

  /** The runs and receipts, those first that were used last; of the same time in the order of their names. */
  units(): readonly Unit[] {
    const runs = this.runs.map((run): Unit => {
      return { used: run.endedAt ?? run.at, run, roots: () => this.#reach.rootsOf(run), key: cidKey(run.run) }
    })
    const receipts = this.receipts.map((cid): Unit => {
      const key = cidKey(cid)
      return { used: this.items.get(key)?.used ?? 0, roots: async () => [cid], key }
    })
    return [...runs, ...receipts].sort((a, b) => b.used - a.used || (a.key < b.key ? -1 : 1))
  }
}

/** Reads what a store holds. The runs come first: what is started later is noticed by that. */
export async function takeInventory(store: Store): Promise<Inventory> {
  const runs: RunState[] = []
  for await (const run of eachRun(store, stepItemsMax)) runs.push(run)
  const receipts: CID[] = []
  const receiptKeys = new Set<string>()
  for await (const cid of each(page => store.listReceipts(page), stepItemsMax)) {
    receipts.push(cid)
    receiptKeys.add(cidKey(cid))
  }
  const items = new Map<string, Item>()
  for await (const entry of each(page => store.listBlocks(page), stepItemsMax)) {
    const key = cidKey(entry.cid)
    items.set(key, { ...entry, isReceipt: receiptKeys.has(key) })
  }
  return new Inventory(store, { runs, receipts, items, sourceMaps: await store.listSourceMaps() })
}

/** How much these are together. */
export function amountOf(items: readonly Item[]): Amount {
  let [bytes, receipts] = [0, 0]
  for (const { size, isReceipt } of items) {
    bytes += size
    if (isReceipt) receipts += 1
  }
  return { blocks: items.length, bytes, receipts }
}
