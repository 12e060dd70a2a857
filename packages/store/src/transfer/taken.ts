import type { Did } from '@ipvm/varsig'
import { importBatchBlocksMax } from '../limits.ts'
import type { ImportedEntry, ImportedRun } from './rows.ts'

/** A run of which the journal is being read. */
export interface ImportedJournal extends ImportedRun {
  readonly isKnown: boolean
  readonly read: ImportedEntry[]
}

/** What was taken from records. */
export class Taken {
  receipts = 0
  newReceipts = 0
  runs = 0
  newRuns = 0
  /** How many blocks were left out since they come of a secret. */
  secrets = 0
  /** The run whose journal is being read. */
  journal: ImportedJournal | undefined
  readonly executors = new Map<Did, number>()
  #pending: Promise<void>[] = []

  /** Notes what is being written; waited for is every so often, since many share one wait for the disk. */
  async writing(written: Promise<void>): Promise<void> {
    written.catch(() => {})
    this.#pending.push(written)
    if (this.#pending.length >= importBatchBlocksMax) await this.written()
  }

  /** Resolves when all of it is on the disk. */
  async written(): Promise<void> {
    const pending = this.#pending
    this.#pending = []
    await Promise.all(pending)
  }
}
