import type { CID } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan'
import type { JournalEntry, TaskRecord } from '@ipvm/store'
import type { PlacedTask } from '@ipvm/workflow'
import type { Before } from '../effect/mutation.ts'
import { takesBackRelease } from '../run/release.ts'
import { countSpawned, placeSpawned, spawn, type SpawnContext } from '../spawn/spawn.ts'
import type { RunTask } from '../run/task.ts'
import type { ReadWorkflow } from './read-workflow.ts'

/** Tasks where the journal left them. */
export interface PutBack {
  /** Those that were to be put back, and all that they had asked for. */
  readonly tasks: readonly RunTask[]
  /** Those that are settled, in their order. */
  readonly settled: readonly RunTask[]
}

interface Settlements extends TaskRecord {
  readonly at: number
  /** How often it was settled since it failed: the second time by what its handler said. */
  readonly sinceFailure: number
}

/** By what another agent was asked. */
interface SignedBy {
  readonly at: number
  readonly invocation: CID
  /** When it is given up, milliseconds since 1970. */
  until: number | undefined
  isOver: boolean
}

interface Mark {
  readonly receipt: CID
  /** When it asked for just these first. */
  readonly since: number
  readonly at: number
  /** Whether it is to be settled anew: what it asks for then may be something else. */
  isOpen: boolean
}

/** What the journal of a run says of its tasks, by their labels. */
export class Past {
  readonly #records = new Map<string, Settlements>()
  readonly #before = new Map<string, { readonly at: number; readonly event: Before }>()
  /** When each was asked for last. */
  readonly #begun = new Map<string, number>()
  readonly #called = new Set<string>()
  /** By what others were asked last. */
  readonly #signed = new Map<string, SignedBy>()
  readonly #marks = new Map<string, Mark>()
  readonly #readReceipt: (cid: CID) => Promise<Receipt | undefined>
  readonly #hasHandler: boolean
  readonly #places: readonly PlacedTask[]
  /** Whether its mutations were released. */
  released = false

  constructor(
    entries: readonly JournalEntry[],
    readReceipt: (cid: CID) => Promise<Receipt | undefined>,
    { workflow, layout }: Pick<ReadWorkflow, 'layout' | 'workflow'>,
  ) {
    this.#places = layout.tasks
    this.#readReceipt = readReceipt
    this.#hasHandler = workflow.catch !== undefined
    for (const entry of entries) this.#replay(entry)
  }

  #replay({ seq: at, event }: JournalEntry): void {
    switch (event.type) {
      case 'settled': {
        const before = this.#records.get(event.label)?.sinceFailure ?? 0
        const sinceFailure = before > 0 || event.how === 'failed' ? before + 1 : 0
        this.#records.set(event.label, { ...event, at, sinceFailure })
        this.#called.add(event.label)
        return
      }
      case 'spawned': {
        const known = this.#marks.get(event.label)
        const since = known?.receipt.equals(event.receipt) ? known.since : at
        this.#marks.set(event.label, { receipt: event.receipt, since, at, isOpen: true })
        this.#called.add(event.label)
        return
      }
      case 'intent':
      case 'retrying':
      case 'unknown':
        // What was on standby and was begun is wanted.
        this.#called.add(event.label)
        this.#before.set(event.label, { at, event })
        this.#begun.set(event.label, at)
        return
      case 'signed':
        this.#called.add(event.label)
        this.#signed.set(event.label, { at, invocation: event.invocation, until: event.until, isOver: false })
        return
      case 'suspended':
        // A person has stopped it, and its time.
        for (const signed of this.#signed.values()) signed.until = undefined
        return
      case 'reopened':
        if (takesBackRelease(event.labels, this.#places)) this.#takeBackRelease(event.labels)
        for (const label of event.labels) this.#reopen(label, at, event)
        return
      case 'released':
        this.released = true
    }
  }

  /** Mutations that may have been done keep theirs; those whose end is known are done anew, of other arguments (ADR 91). */
  #takeBackRelease(labels: readonly string[]): void {
    this.released = false
    for (const label of labels) if (this.#records.has(label)) this.#begun.delete(label)
  }

  #reopen(label: string, at: number, event: Before): void {
    const isSettled = this.#records.delete(label)
    // It was answered: what is asked for now is asked anew. Where it may not have arrived, it is the same once more.
    const signed = this.#signed.get(label)
    if (signed) {
      signed.until = undefined
      signed.isOver ||= isSettled
    }
    const { type } = this.#before.get(label)?.event ?? {}
    // A person's word counts for what was in doubt itself; what another run is in doubt about stays so.
    if (!isSettled && (type === 'unknown' || type === 'intent')) this.#before.set(label, { at, event })
    else this.#before.delete(label)
    this.#called.delete(label)
    const mark = this.#marks.get(label)
    if (mark) mark.isOpen = false
  }

  /**
   * Puts tasks where the journal left them, and makes those again that they had asked for.
   * @param asker who asks for these now
   */
  async putBack(tasks: readonly RunTask[], asker: RunTask | undefined, context: SpawnContext): Promise<PutBack> {
    if (asker) this.#settleSince(asker, tasks)
    const all = [...tasks]
    const settled: [at: number, task: RunTask][] = []
    // What it asked for comes after each, and so do those that these asked for.
    for (const task of all) {
      const at = await this.#put(task)
      if (at !== undefined) settled.push([at, task])
      all.push(...(await this.#childrenOf(task, context)))
    }
    for (const task of all) task.pending = task.awaits.filter(({ phase }) => phase !== 'settled').length
    settled.sort(([a], [b]) => a - b)
    return { tasks: all, settled: settled.map(([, task]) => task) }
  }

  /** What the journal has of these counts as long as their asker asks for the same. */
  #settleSince(asker: RunTask, tasks: readonly RunTask[]): void {
    const mark = this.#markOf(asker)
    const isSame = mark && asker.asked?.own.receipt.cid.equals(mark.receipt)
    const since = isSame ? Math.max(asker.since, mark.since) : Number.POSITIVE_INFINITY
    for (const task of tasks) task.since = since
  }

  #markOf({ labels, since }: RunTask): Mark | undefined {
    const mark = first(labels, this.#marks)
    return mark && mark.at > since ? mark : undefined
  }

  /** When it was settled, where it is. */
  async #put(task: RunTask): Promise<number | undefined> {
    const { labels, since } = task
    const before = first(labels, this.#before)
    task.called = labels.some(label => this.#called.has(label))
    if (before && before.at > since) {
      task.before = before.event
    }
    const signed = first(labels, this.#signed)
    if (signed && signed.at > since) {
      task.signed = signed.invocation
      task.until = signed.until
      task.isSignedAnew = signed.isOver
    }
    // What was asked for once was released, and stays so when it is tried again.
    const begun = first(labels, this.#begun)
    task.isReleased = begun !== undefined && begun > since
    const record = first(labels, this.#records)
    if (!record || record.at <= since) return undefined
    const receipt = await this.#readReceipt(record.receipt)
    if (!receipt) {
      // What is pure, or only asked, is done again; whether a mutation was done, only a person can say now.
      if (task.place.class === 'mutation') task.phase = 'unknown'
      return undefined
    }
    // What went into it is not written down; it holds beyond this run only where that did, all the way.
    const isOwn = task.isPure && task.awaits.every(({ settled }) => settled?.lasting)
    const lasting = isOwn && receipt.exp === null && record.how !== 'caught'
    task.settled = { receipt, lasting, how: record.how, milliseconds: record.milliseconds }
    // What another agent used is none of this node's.
    if (task.asker && !task.place.agent) task.family?.gas.spend(receipt.gas ?? 0)
    const isHandled = task.place.handled || task.isBoundCrossed
    if (record.how === 'failed' && this.#hasHandler && !isHandled && record.sinceFailure === 1) return undefined
    task.phase = 'settled'
    return record.at
  }

  /** The tasks that one had asked for, where it is not to be settled anew. */
  async #childrenOf(task: RunTask, context: SpawnContext): Promise<readonly RunTask[]> {
    const mark = this.#markOf(task)
    if (!mark?.isOpen) return []
    const receipt = await this.#readReceipt(mark.receipt)
    // It is done again, and gives the same.
    const placed = receipt?.fx && placeSpawned(task, receipt.fx, context.engine)
    if (!receipt || !placed || 'error' in placed) return []
    const isOwnResult = task.settled?.receipt.cid.equals(receipt.cid)
    if (task.asker && !isOwnResult) task.family?.gas.spend(receipt.gas ?? 0)
    countSpawned(task, placed.ok.tasks.length, context)
    const { tasks, join } = spawn(task, placed.ok, context)
    const lasting = task.isPure && task.awaits.every(({ settled }) => settled?.lasting)
    const own = { receipt, lasting, how: 'ran', milliseconds: task.settled?.milliseconds ?? 0 } as const
    task.asked = { own, children: tasks, ...(join && { join }) }
    this.#settleSince(task, tasks)
    return tasks
  }
}

function first<T>(labels: readonly string[], known: ReadonlyMap<string, T>): T | undefined {
  for (const label of labels) {
    const found = known.get(label)
    if (found !== undefined) return found
  }
  return undefined
}
