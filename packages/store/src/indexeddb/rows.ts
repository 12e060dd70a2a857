import { CID, decode, type Value } from '@ipvm/ipld'
import { byteOrder } from '../byte-order.ts'
import { readEvent } from '../event.ts'
import type {
  Intent,
  JournalEntry,
  KvEntry,
  PendingRequest,
  RunEnd,
  RunRequest,
  RunState,
  RunSummary,
  ScheduleRecord,
} from '../journal.ts'
import type { StoreName } from './stores.ts'
import type { IndexedDbPlatform, ObjectStore } from './platform.ts'

/** What `equivocations` holds. */
export interface StoredEquivocation {
  readonly task: string
  readonly profile: string
  readonly receipt: string
  readonly refuted?: true
}

/** What `results` holds. */
export interface StoredResult {
  readonly name: string
  readonly profile: string
  readonly receipt: string
}

/** What `uses` holds, by the block's CID. */
export interface StoredUse {
  readonly size: number
  readonly used: number
}

/** What `names` holds. */
export interface StoredName {
  readonly iss: string
  readonly name: string
  readonly seq: number
  readonly record: string
}

/** What `runs` holds. */
export interface StoredRun {
  readonly run: string
  readonly invocation: string
  readonly delegations: readonly string[]
  readonly workflow: string
  readonly name?: string
  readonly tasks: number
  readonly at: number
  readonly owner: string
  readonly seq: number
  readonly suspended: boolean
  readonly cancelling: boolean
  readonly end?: RunEnd
  readonly endedAt?: number
  /** As long as it has not ended: what has no such field is not in the index. */
  readonly open?: 1
  /** Once it has ended. */
  readonly tally?: Tally
}

/** How many tasks of a run were settled in which way. */
export type Tally = Pick<RunSummary, 'counts' | 'milliseconds'>

/** What `journal` holds, by the run's number and that of the entry: the event is DAG-CBOR. */
export interface StoredEntry {
  readonly seq: number
  readonly at: number
  readonly event: Uint8Array
}

/** What `intents` holds. */
export interface StoredIntent extends Omit<Intent, 'task' | 'run'> {
  readonly task: string
  readonly run: string
}

/** What `requests` holds; the request is DAG-CBOR. */
export interface StoredRequest {
  readonly run: string
  readonly request: Uint8Array
}

/** What `schedules` holds. */
export interface StoredSchedule extends Omit<ScheduleRecord, 'schedule' | 'workflow'> {
  readonly schedule: string
  readonly workflow: string
}

/** What `kv` holds, by the bytes of the key. */
export interface StoredValue {
  readonly value: Uint8Array
  readonly version: number
}

/** A key of the key-value map as IndexedDB orders it: by its bytes. */
export function kvKey(key: string): ArrayBuffer {
  return new TextEncoder().encode(key).slice().buffer
}

/** The keys that begin with a text, after the key `after`; undefined where there can be none. */
export function kvRange(
  { indexedDB, IDBKeyRange }: IndexedDbPlatform,
  prefix: string,
  after: string | undefined,
): object | undefined {
  const isAfter = after !== undefined && byteOrder(after, prefix) >= 0
  const begin = kvKey(isAfter ? after : prefix)
  // No byte of UTF-8 is 0xff: it is beyond every key that begins with these.
  const end = Uint8Array.of(...new Uint8Array(kvKey(prefix)), 0xff).buffer
  return indexedDB.cmp(begin, end) < 0 ? IDBKeyRange.bound(begin, end, isAfter, false) : undefined
}

/** The key and value that are stored so. */
export function kvEntry(key: unknown, stored: StoredValue): KvEntry {
  if (!(key instanceof ArrayBuffer)) throw new TypeError('a key of the key-value map is bytes')
  return { key: new TextDecoder().decode(key), ...stored }
}

/** The object stores of a transaction. */
export type StoreOf = (name: StoreName) => ObjectStore

/** A run's state as it is stored. */
export function storedRun({ end, ...state }: RunState, tally?: Tally): StoredRun {
  const [run, invocation, workflow] = [state.run, state.invocation, state.workflow].map(String)
  return {
    ...state,
    run: String(run),
    invocation: String(invocation),
    workflow: String(workflow),
    delegations: state.delegations.map(String),
    ...(end ? { end } : { open: 1 }),
    ...(tally && { tally }),
  }
}

/** The state of a stored run. */
export function runState({ open: _, tally: __, ...stored }: StoredRun): RunState {
  const { run, invocation, workflow, delegations, ...state } = stored
  return {
    ...state,
    run: CID.parse(run),
    invocation: CID.parse(invocation),
    workflow: CID.parse(workflow),
    delegations: delegations.map(text => CID.parse(text)),
  }
}

/** The entry of a journal that is stored so. */
export function journalEntry(run: CID, { seq, at, event: bytes }: StoredEntry): JournalEntry {
  const event = readEvent(decoded(bytes))
  if (!event) throw new TypeError('the journal holds what is no event')
  return { run, seq, at, event }
}

/** The intent that is stored so. */
export function intent({ task, run, ...rest }: StoredIntent): Intent {
  return { ...rest, task: CID.parse(task), run: CID.parse(run) }
}

/** The request that is stored so. */
export function pendingRequest(number: unknown, { run, request }: StoredRequest): PendingRequest {
  // Written by `Change.requests` alone, so that it is one.
  return { number: Number(number), run: CID.parse(run), request: decoded(request) as unknown as RunRequest }
}

/** The schedule that is stored so. */
export function scheduleRecord({ schedule, workflow, ...rest }: StoredSchedule): ScheduleRecord {
  return { ...rest, schedule: CID.parse(schedule), workflow: CID.parse(workflow) }
}

function decoded(bytes: Uint8Array): Value | undefined {
  const value = decode(bytes)
  return 'ok' in value ? value.ok : undefined
}
