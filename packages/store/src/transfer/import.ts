import { type CID, error, ok, readCar, StreamError, type Block, type CarFailure, type Result } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'
import { importBatchBlocksMax, importBatchBytes } from '../limits.ts'
import type { Store } from '../store.ts'
import {
  checkExportRoot,
  damagedExport,
  notAnExport,
  readExportRecord,
  type DamagedExport,
  type ExportRecord,
  type NotAnExport,
} from './record.ts'
import { takeRecord } from './take.ts'
import { Taken } from './taken.ts'

/** What an import brought; `new` counts what was not here before. */
export interface Imported {
  readonly blocks: number
  readonly newBlocks: number
  /** Bytes of all its blocks. */
  readonly bytes: number
  readonly receipts: number
  readonly newReceipts: number
  readonly runs: number
  readonly newRuns: number
  /** How many blocks are not in the file since they come of a secret. */
  readonly secrets: number
  /** Who signed the receipts, and how many each. */
  readonly executors: ReadonlyMap<Did, number>
}

/** Why a file was not imported, or not to its end. What came before is verified, and stays. */
export type ImportFailure = CarFailure | NotAnExport | DamagedExport

/**
 * Brings an export into a store (ADR 50): every block is checked against its name, every receipt and revocation against
 * its signature; what is there already is left as it is. Whose results count is not for the file to say
 * (`Change.trusted`). Held are some blocks at a time. Failures: `MalformedCar`, `CorruptBlock`, `NotAnExport`,
 * `DamagedExport`.
 *
 * @throws StoreError
 */
export async function importInto(
  store: Store,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Result<Imported, ImportFailure>> {
  const car = await readCar(chunks)
  if ('error' in car) return car
  const work = new Import(store)
  try {
    return await work.read(car.ok.roots, car.ok.blocks)
  } catch (thrown) {
    if (thrown instanceof StreamError) return error(thrown.failure as CarFailure)
    throw thrown
  }
}

class Import {
  readonly #store: Store
  readonly #taken = new Taken()
  #batch: Block[] = []
  #batchBytes = 0
  #blocks = 0
  #newBlocks = 0
  #bytes = 0
  #hasEnded = false

  constructor(store: Store) {
    this.#store = store
  }

  async read(roots: readonly CID[], blocks: AsyncIterable<Block>): Promise<Result<Imported, ImportFailure>> {
    let root: CID | undefined
    for await (const block of blocks) {
      if (!root) {
        const checked = checkExportRoot(block, roots)
        if ('error' in checked) return checked
        root = checked.ok
        continue
      }
      if (this.#hasEnded) return error(damagedExport('it goes on after its end'))
      const record = readExportRecord(root, block)
      const problem = record ? await this.#take(record) : await this.#keep(block)
      if (problem) return error(problem)
    }
    if (!root) return error(notAnExport)
    if (!this.#hasEnded) return error(damagedExport('it ends too early: a part of it is missing'))
    await this.#taken.written()
    const { receipts, newReceipts, runs, newRuns, secrets, executors } = this.#taken
    const taken = { receipts, newReceipts, runs, newRuns, secrets, executors }
    return ok({ blocks: this.#blocks, newBlocks: this.#newBlocks, bytes: this.#bytes, ...taken })
  }

  async #keep(block: Block): Promise<undefined> {
    this.#blocks += 1
    this.#bytes += block.bytes.length
    if (!(await this.#store.hasBlock(block.cid))) this.#newBlocks += 1
    this.#batch.push(block)
    this.#batchBytes += block.bytes.length
    if (this.#batch.length >= importBatchBlocksMax || this.#batchBytes >= importBatchBytes) await this.#flush()
  }

  async #flush(): Promise<void> {
    const blocks = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (blocks.length > 0) await this.#store.commit({ blocks })
  }

  async #take(record: ExportRecord): Promise<DamagedExport | undefined> {
    await this.#flush()
    if (record.kind !== 'end') return takeRecord(this.#store, record, this.#taken)
    this.#hasEnded = true
    if (this.#taken.journal) return damagedExport('a part of a journal is missing')
    if (record.content === this.#blocks) return undefined
    return damagedExport(`it has ${this.#blocks} blocks where it had ${String(record.content)} when it was written`)
  }
}
