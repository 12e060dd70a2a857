import {
  cidKey,
  error,
  isNamedBy,
  ok,
  writeCar,
  type Block,
  type CID,
  type MissingBlock,
  type Result,
  type Value,
} from '@ipvm/ipld'
import { readRevocation } from '@ipvm/ucan'
import { recordItemsMax, recordLogLengthMax, stepItemsMax } from '../limits.ts'
import { settle } from '../replay.ts'
import { all, each, eachValue } from '../retention/pages.ts'
import { Reach } from '../retention/reach.ts'
import { eachRun } from '../retention/runs.ts'
import type { JournalEvent, RunState, TaskRecord } from '../journal.ts'
import type { ReportRecord, Store } from '../store.ts'
import { exportRecord, exportRoot } from './record.ts'
import { entryValue, reportValue, runValue, scheduleValue } from './rows.ts'
import { secretsOf } from './secrets.ts'

/** What is exported. */
export interface ExportOptions {
  /** Everything; or a workflow with its runs, a run, or any block, each with all that it needs. */
  readonly of: 'all' | CID
  /** 16 fresh random bytes. */
  readonly nonce: Uint8Array
  /** Told of a block that is damaged in the store, and so left out. */
  readonly onDamaged?: (cid: CID) => void
  /** Told of a block that is left out since it comes of a secret. */
  readonly onSecret?: (cid: CID) => void
}

/**
 * A store, or what a workflow needs, as a CAR (ADR 50): blocks, each verified, then lists of which of them are receipts,
 * revocations and name records, and what is known of runs. One block is held at a time, and the names of receipts and runs. Keys are
 * not in a store, and so in no export; what comes of a secret is left out, and how much that was is said in it.
 * Failure: `MissingBlock`.
 *
 * @example
 * const car = await exportStore(store, { of: 'all', nonce: crypto.getRandomValues(new Uint8Array(16)) })
 * if ('ok' in car) for await (const bytes of car.ok) await file.write(bytes)
 */
export async function exportStore(
  store: Store,
  options: ExportOptions,
): Promise<Result<AsyncIterable<Uint8Array>, MissingBlock>> {
  const { of, nonce } = options
  if (of !== 'all' && !(await store.hasBlock(of))) {
    const message = `${of} is not in the store: name a workflow or run that ipvm ps shows, or all`
    return error({ name: 'MissingBlock', message, cid: of })
  }
  const root = exportRoot(of === 'all' ? of : [of], nonce)
  return ok(writeCar([root.cid], new Export(store, options, root).blocks()))
}

class Export {
  readonly #store: Store
  readonly #options: ExportOptions
  readonly #root: Block
  /** The content that was given. */
  readonly #given = new Set<string>()
  #secrets: ReadonlyMap<string, CID> = new Map()
  readonly #leftOut = new Set<string>()

  constructor(store: Store, options: ExportOptions, root: Block) {
    this.#store = store
    this.#options = options
    this.#root = root
  }

  async *blocks(): AsyncGenerator<Block, void, undefined> {
    yield this.#root
    const { of } = this.#options
    this.#secrets = await secretsOf(this.#store)
    // Read before the blocks: what is added later is in no list, and all that a list names is among the blocks.
    const receipts = await all(page => this.#store.listReceipts(page), stepItemsMax)
    const revocations = await this.#store.listRevocations()
    const names = await this.#store.listNames()
    const pins = await this.#store.pins()
    const runs = await this.#runs()
    yield* this.#content(of === 'all' ? this.#everything() : this.#needed(of, runs))
    yield* this.#revocations(revocations)
    const given = this.#givenOf(receipts)
    yield* this.#lists('receipts', given)
    yield* this.#reports(given)
    yield* this.#journals(runs)
    if (of === 'all') {
      yield* this.#lists('names', this.#givenOf(names))
      yield* this.#lists('pins', this.#givenOf(pins))
      yield* this.#lists('schedules', (await this.#store.schedules()).map(scheduleValue))
      yield* this.#values()
    }
    if (this.#leftOut.size > 0) yield this.#record('secrets', this.#leftOut.size)
    yield this.#record('end', this.#given.size)
  }

  /** The oldest first. */
  async #runs(): Promise<readonly RunState[]> {
    const { of } = this.#options
    const runs: RunState[] = []
    for await (const run of eachRun(this.#store, stepItemsMax)) {
      if (of === 'all' || of.equals(run.run) || of.equals(run.workflow)) runs.push(run)
    }
    return runs.reverse()
  }

  async *#everything(): AsyncGenerator<CID, void, undefined> {
    for await (const { cid } of each(page => this.#store.listBlocks(page), stepItemsMax)) yield cid
  }

  async *#needed(of: CID, runs: readonly RunState[]): AsyncGenerator<CID, void, undefined> {
    const reach = new Reach(this.#store, key => !this.#given.has(key) && !this.#isLeftOut(key))
    yield* reach.from([of])
    for (const run of runs) yield* reach.from(await reach.rootsOf(run))
  }

  async *#content(cids: AsyncIterable<CID>): AsyncGenerator<Block, void, undefined> {
    for await (const cid of cids) {
      if (this.#isGiven(cid) || this.#isLeftOut(cidKey(cid))) continue
      const bytes = await this.#store.block(cid)
      if (!bytes) continue
      if (isNamedBy(cid, bytes)) {
        this.#given.add(cidKey(cid))
        yield { cid, bytes }
      } else this.#options.onDamaged?.(cid)
    }
  }

  /** Whether a block comes of a secret; that is told once. */
  #isLeftOut(key: string): boolean {
    const secret = this.#secrets.get(key)
    if (!secret) return false
    if (!this.#leftOut.has(key)) this.#options.onSecret?.(secret)
    this.#leftOut.add(key)
    return true
  }

  #isGiven(cid: CID): boolean {
    return this.#given.has(cidKey(cid))
  }

  #givenOf(cids: readonly CID[]): readonly CID[] {
    return cids.filter(cid => this.#isGiven(cid))
  }

  /** With a part of a store travel the revocations that are about it. */
  async *#revocations(known: readonly CID[]): AsyncGenerator<Block, void, undefined> {
    const about: CID[] = []
    for (const cid of known) {
      const bytes = await this.#store.block(cid)
      const revocation = bytes && (await readRevocation(bytes))
      if (!revocation || 'error' in revocation) continue
      if (this.#options.of === 'all' || this.#isGiven(revocation.ok.revoke)) about.push(cid)
    }
    yield* this.#content(inOrder(about))
    yield* this.#lists('revocations', this.#givenOf(about))
  }

  *#lists(kind: string, items: readonly Value[]): Generator<Block, void, undefined> {
    for (let at = 0; at < items.length; at += recordItemsMax) {
      yield this.#record(kind, items.slice(at, at + recordItemsMax))
    }
  }

  #record(kind: string, content: Value): Block {
    return exportRecord(this.#root.cid, kind, content)
  }

  async *#reports(receipts: readonly CID[]): AsyncGenerator<Block, void, undefined> {
    let some: ReportRecord[] = []
    let length = 0
    const record = () => this.#record('reports', some.map(reportValue))
    for (const receipt of receipts) {
      const report = await this.#store.report(receipt)
      if (!report) continue
      if (some.length >= recordItemsMax || (some.length > 0 && length + report.log.length > recordLogLengthMax)) {
        yield record()
        some = []
        length = 0
      }
      some.push({ receipt, ...report })
      length += report.log.length
    }
    if (some.length > 0) yield record()
  }

  /** Each run, then its journal without what comes of a secret or is not here. */
  async *#journals(runs: readonly RunState[]): AsyncGenerator<Block, void, undefined> {
    for (const state of runs) {
      const { run, invocation, workflow } = state
      if (![invocation, workflow].every(cid => this.#isGiven(cid))) continue
      const all = await this.#store.journal(run)
      const entries = all.filter(({ event }) => this.#mayTell(event))
      const settled = new Map<string, TaskRecord>()
      for (const { event } of all) settle(settled, event)
      const isWhole = [...settled.values()].every(task => this.#mayTell({ type: 'settled', ...task }))
      const delegations = this.#givenOf(state.delegations)
      yield this.#record('run', runValue({ ...state, delegations }, entries.length, isWhole))
      yield* this.#lists('journal', entries.map(entryValue))
    }
  }

  #mayTell(event: JournalEvent): boolean {
    if ((event.type === 'settled' || event.type === 'spawned') && !this.#isGiven(event.receipt)) return false
    const named = event.type === 'waiting' ? event.target : 'task' in event ? event.task : undefined
    return !named || !this.#secrets.has(cidKey(named))
  }

  async *#values(): AsyncGenerator<Block, void, undefined> {
    let some: Value[] = []
    let bytes = 0
    for await (const { key, value, version } of eachValue(this.#store, stepItemsMax)) {
      if (some.length >= recordItemsMax || (some.length > 0 && bytes + value.length > recordLogLengthMax)) {
        yield this.#record('kv', some)
        some = []
        bytes = 0
      }
      some.push({ key, value, version })
      bytes += value.length
    }
    if (some.length > 0) yield this.#record('kv', some)
  }
}

async function* inOrder(cids: readonly CID[]): AsyncGenerator<CID, void, undefined> {
  yield* cids
}
