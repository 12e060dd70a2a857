import { cidKey, type CID } from '@ipvm/ipld'
import { byteOrder } from '../byte-order.ts'
import type { Change } from '../store.ts'
import type { Front } from './front.ts'
import type { GroupCommit } from './group.ts'
import type { Row } from './rows.ts'
import type { Statements } from './statements.ts'

/** How a store reads: from the file, and what is not there yet from the groups. */
export interface Reader {
  readonly sql: Statements
  /** Reads from the file. */
  readonly read: <T>(work: () => T) => Promise<T>
  /** Reads from the file once everything of these kinds that was committed is there, and says so where it could not be. */
  readonly readAfter: <T>(kinds: readonly (keyof Change)[], work: () => T) => Promise<T>
  /** Reads a run from the file once everything that was committed of it is there. */
  readonly readRun: <T>(run: CID, work: () => T) => Promise<T>
  /** The newest of what is not in the file yet. */
  readonly newest: <T>(find: (front: Front) => T | undefined) => T | undefined
}

/** A reader over a group commit. */
export function readerOf(sql: Statements, guard: <T>(work: () => T) => T, group: GroupCommit): Reader {
  const read = async <T>(work: () => T): Promise<T> => guard(work)
  return {
    sql,
    read,
    readAfter: async (kinds, work) => {
      if (group.fronts.some(front => front.has(kinds))) await group.caughtUp()
      return guard(work)
    },
    readRun: async (run, work) => {
      const key = cidKey(run)
      if (group.fronts.some(({ runs }) => runs.has(key))) await group.caughtUp()
      return guard(work)
    },
    newest: find => {
      for (const front of group.fronts) {
        const found = find(front)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}

/** The CIDs of both lists, each once. */
export function together(written: readonly CID[], more: readonly CID[]): readonly CID[] {
  if (more.length === 0) return written
  return [...new Map([...written, ...more].map(cid => [cidKey(cid), cid])).values()]
}

const utf8 = new TextEncoder()

/** A key of the key-value map as it is stored. */
export function kvKey(key: string): Uint8Array {
  return utf8.encode(key)
}

/** The rows of the keys that begin with `prefix`. */
export function kvRows(
  sql: Statements,
  prefix: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): readonly Row[] {
  const begin = kvKey(prefix)
  // No byte of UTF-8 is 0xff: it is beyond every key that begins with these.
  const end = Uint8Array.of(...begin, 0xff)
  if (after === undefined || byteOrder(after, prefix) < 0) return sql.kvFrom.all(begin, end, limit)
  return sql.kvAfter.all(kvKey(after), end, limit)
}
