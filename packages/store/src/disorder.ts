import type { JournalEntry } from './journal.ts'
import { StoreError } from './store.ts'

/**
 * Throws where an entry does not follow the last of its run's journal, which has the number `last`: what is between them was
 * rejected, and has to be written first.
 *
 * @param last undefined where the run itself is not there
 */
export function checkFollows({ run, seq }: JournalEntry, last: number | undefined): void {
  if (last !== undefined && seq <= last + 1) return
  const before = last === undefined ? 'the run is not there' : `the last one there is ${last}`
  const message = `the entry ${seq} of the journal of ${run} was not written, since ${before}; write what comes before it first`
  throw new StoreError('StoreDisorder', message, undefined)
}
