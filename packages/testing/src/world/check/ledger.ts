import { cidKey, type CID } from '@ipvm/ipld'
import { resolvedName, type Delegation, type Receipt } from '@ipvm/ucan'
import type { Change, Intent, JournalEntry, RunEnd, RunStart, TaskRecord } from '@ipvm/store'
import { isSealed } from '@ipvm/runtime'
import { openedOutcome } from '../seal.ts'
import { planGrowth } from '../growth.ts'
import type { Plan, PlannedTask } from '../plan.ts'

/** What is on the disk of one run. */
export interface RunFacts {
  readonly start: RunStart
  readonly plan: Plan
  readonly journal: JournalEntry[]
  /** By label, as it was settled last. */
  readonly settled: Map<string, TaskRecord>
  /** Labels whose outcome is unknown, and the mutation that each is. */
  readonly unknown: Map<string, CID>
  /** Labels of which an intent was written, and the mutation that each was last. */
  readonly intended: Map<string, CID>
  readonly reopened: Set<string>
  /** Of the tasks of the document, and those that they asked for, what has to become of each. */
  readonly tasks: Map<string, PlannedTask>
  /** By label: the receipts with which functions asked for more. */
  readonly asked: Map<string, Receipt>
  released: boolean
  suspended: boolean
  cancelling: boolean
  end: RunEnd | undefined
  /** When its last entry came to the disk, in the time of the simulation. */
  moved: number
}

/** What is on the disk for good, kept apart from the store that is being asked, so that one can be held against the other. */
export class Ledger {
  readonly runs = new Map<string, RunFacts>()
  /** Those whose outcome is not written down, by the mutation's name. */
  readonly intents = new Map<string, Intent>()
  /** What is sealed of them is opened. */
  readonly receipts = new Map<string, Receipt>()
  /** Those of which something is sealed. */
  readonly sealed = new Set<string>()
  /** By the name of what was resolved. */
  readonly receiptsFor = new Map<string, Receipt[]>()
  readonly blocks = new Map<string, Uint8Array>()
  readonly secrets = new Set<string>()
  /** What was taken back, and when that came to the disk, in the time of the simulation. */
  readonly revoked = new Map<Delegation, number>()
  readonly kv = new Map<string, number>()
  readonly #plans: ReadonlyMap<string, Plan>
  readonly #now: () => number
  /** What is on the disk: entries of journals, and receipts. */
  events = 0

  /** @param plans by the workflow's name; @param now the time of the simulation */
  constructor(plans: ReadonlyMap<string, Plan>, now: () => number) {
    this.#plans = plans
    this.#now = now
  }

  commit(change: Change): void {
    for (const { cid, bytes } of change.blocks ?? []) this.blocks.set(cidKey(cid), bytes)
    for (const receipt of change.receipts ?? []) this.#receive(receipt)
    for (const cid of change.secrets ?? []) this.secrets.add(cidKey(cid))
    for (const { revoke } of change.revocations ?? []) this.#revoke(revoke)
    if (change.runStarted) this.#start(change.runStarted)
    for (const intent of change.intents ?? []) {
      this.intents.set(cidKey(intent.task), intent)
      this.run(intent.run)?.intended.set(intent.label, intent.task)
    }
    for (const task of change.concluded ?? []) this.intents.delete(cidKey(task))
    for (const entry of change.journal ?? []) this.#enter(entry)
    for (const { key, value, version } of change.kv ?? []) if (value) this.kv.set(key, version)
  }

  run(run: CID): RunFacts | undefined {
    return this.runs.get(cidKey(run))
  }

  receipt(cid: CID): Receipt | undefined {
    return this.receipts.get(cidKey(cid))
  }

  #revoke(cid: CID): void {
    for (const { submitter } of this.#plans.values()) {
      const revoked = submitter.delegations.find(({ envelope }) => envelope.cid.equals(cid))
      if (revoked && !this.revoked.has(revoked)) this.revoked.set(revoked, this.#now())
    }
  }

  /** What was taken back so many milliseconds ago, or earlier. */
  revokedSince(milliseconds: number): ReadonlySet<Delegation> {
    const since = this.#now() - milliseconds
    return new Set([...this.revoked].flatMap(([delegation, at]) => (at <= since ? [delegation] : [])))
  }

  #start(start: RunStart): void {
    const plan = this.#plans.get(cidKey(start.workflow))
    const key = cidKey(start.run)
    if (!plan || this.runs.has(key)) return
    this.runs.set(key, {
      start,
      plan,
      journal: [],
      settled: new Map(),
      unknown: new Map(),
      intended: new Map(),
      reopened: new Set(),
      tasks: new Map(plan.tasks),
      asked: new Map(),
      released: false,
      suspended: false,
      cancelling: false,
      end: undefined,
      moved: this.#now(),
    })
  }

  #receive(given: Receipt): void {
    const key = cidKey(given.cid)
    if (this.receipts.has(key)) return
    const receipt = { ...given, out: openedOutcome(given.out) }
    if (isSealed('ok' in given.out ? given.out.ok : given.out.error.value)) this.sealed.add(key)
    this.receipts.set(key, receipt)
    this.events += 1
    const name = cidKey(resolvedName(receipt))
    const same = this.receiptsFor.get(name)
    if (same) same.push(receipt)
    else this.receiptsFor.set(name, [receipt])
  }

  #ask(facts: RunFacts, { label, receipt: cid }: { readonly label: string; readonly receipt: CID }): void {
    const receipt = this.receipt(cid)
    const asker = facts.tasks.get(label)
    if (!receipt?.fx || !asker) return
    // Settled anew, it may ask for something else.
    const isOther = facts.asked.get(label)?.cid.equals(cid) === false
    if (isOther)
      for (const known of [...facts.tasks.keys()]) if (known.startsWith(`${label}/`)) facts.tasks.delete(known)
    facts.asked.set(label, receipt)
    for (const task of planGrowth(asker, receipt.fx)) facts.tasks.set(task.label, task)
  }

  #enter(entry: JournalEntry): void {
    const facts = this.run(entry.run)
    if (!facts) return
    this.events += 1
    facts.journal.push(entry)
    facts.moved = this.#now()
    apply(facts, entry.event)
    if (entry.event.type === 'spawned') this.#ask(facts, entry.event)
  }
}

function apply(facts: RunFacts, event: JournalEntry['event']): void {
  switch (event.type) {
    case 'settled':
      facts.settled.set(event.label, event)
      facts.unknown.delete(event.label)
      break
    case 'unknown':
      facts.unknown.set(event.label, event.task)
      break
    case 'reopened':
      facts.end = undefined
      for (const label of event.labels) {
        facts.settled.delete(label)
        facts.unknown.delete(label)
        facts.reopened.add(label)
      }
      break
    case 'released':
      facts.released = true
      break
    case 'suspended':
      facts.suspended = true
      break
    case 'resumed':
      facts.suspended = false
      break
    case 'cancelling':
      facts.cancelling = true
      break
    case 'ended':
      facts.end = event.end
      break
    default:
  }
}
