import { cidKey, type Block, type CID } from '@ipvm/ipld'
import { resolvedName, type NameRecord, type Revocation, type UnixSeconds } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'
import type { Removal, SourceMap } from '../housekeeping.ts'
import type { Intent, PendingRequest, ScheduleRecord } from '../journal.ts'
import { usedStepSeconds } from '../limits.ts'
import type { Contradiction, Equivocation } from '../housekeeping.ts'
import type { Change, NameIndex, Report } from '../store.ts'
import type { ReceiptEntry } from '../trigger.ts'
import { MemoryEvents } from './events.ts'
import { MemoryKv } from './kv.ts'
import { MemoryRuns } from './runs.ts'

/** What a store in memory holds. */
export class MemoryState {
  readonly blocks = new Map<string, MemoryBlock>()
  readonly results = new Map<string, Map<string, CID>>()
  readonly receipts = new Map<string, Map<string, CID>>()
  /** By task and profile. */
  readonly equivocations = new Map<string, Equivocation>()
  readonly refuted = new Set<string>()
  /** In the order in which they came. */
  readonly allReceipts = new Map<string, ReceiptEntry>()
  readonly reports = new Map<string, Report>()
  readonly runs = new MemoryRuns()
  readonly intents = new Map<string, Intent>()
  readonly requests = new Map<number, PendingRequest>()
  readonly schedules = new Map<string, ScheduleRecord>()
  readonly kv = new MemoryKv()
  readonly events = new MemoryEvents()
  readonly secrets = new Map<string, CID>()
  readonly aliases = new Map<string, CID>()
  readonly revokers = new Map<string, Map<Did, CID>>()
  /** The records of a name by their numbers. */
  readonly names = new Map<string, Map<number, NameIndex>>()
  readonly allNames = new Map<string, CID>()
  readonly localNames = new Map<string, CID>()
  readonly sourceMaps = new Map<string, SourceMap>()
  readonly pins = new Map<string, CID>()
  readonly trusted = new Set<Did>()
  removals = 0
  #requests = 0
  /** How many receipts came. */
  receiptsEnd = 0

  commit(change: Change, now: UnixSeconds): void {
    this.runs.check(change.journal ?? [], change.runStarted)
    for (const block of change.blocks ?? []) this.#putBlock(block, now)
    for (const receipt of change.receipts ?? []) {
      this.#putBlock(receipt, now)
      this.#number(receipt.cid, change.depth ?? 0)
      index(this.receipts, cidKey(receipt.ran), receipt.cid)
      index(this.receipts, cidKey(resolvedName(receipt)), receipt.cid)
    }
    for (const { receipt, ...report } of change.reports ?? []) this.reports.set(cidKey(receipt), report)
    for (const { name, profile, receipt } of change.results ?? [])
      if (!this.refuted.has(cidKey(receipt))) index(this.results, `${cidKey(name)} ${profile}`, receipt)
    for (const one of change.equivocations ?? []) this.#putEquivocation(one)
    for (const receipt of change.refuted ?? []) this.#refute(receipt)
    for (const [alias, name] of change.aliases ?? []) this.aliases.set(cidKey(alias), name)
    for (const revocation of change.revocations ?? []) this.#putRevocation(revocation, now)
    for (const record of change.names ?? []) this.#putName(record, now)
    for (const entry of change.sourceMaps ?? []) this.sourceMaps.set(cidKey(entry.mod), entry)
    for (const { local, record } of change.localNames ?? []) this.localNames.set(local, record)
    for (const pin of change.pinned ?? []) this.pins.set(cidKey(pin), pin)
    for (const pin of change.unpinned ?? []) this.pins.delete(cidKey(pin))
    for (const executor of change.trusted ?? []) this.trusted.add(withoutFragment(executor))
    for (const executor of change.untrusted ?? []) this.trusted.delete(withoutFragment(executor))
    this.#journal(change)
    for (const entry of change.kv ?? []) this.kv.put(entry, change.depth)
    this.events.commit(change)
    for (const cid of change.secrets ?? []) this.secrets.set(cidKey(cid), cid)
  }

  #journal(change: Change): void {
    const { runs, intents, requests, schedules } = this
    if (change.runStarted) runs.start(change.runStarted)
    for (const entry of change.journal ?? []) runs.note(entry)
    for (const intent of change.intents ?? []) intents.set(cidKey(intent.task), intent)
    for (const task of change.concluded ?? []) intents.delete(cidKey(task))
    for (const { run, request } of change.requests ?? []) {
      const number = ++this.#requests
      requests.set(number, { number, run, request })
    }
    for (const number of change.taken ?? []) requests.delete(number)
    for (const record of change.schedules ?? []) schedules.set(cidKey(record.schedule), record)
    for (const schedule of change.unscheduled ?? []) schedules.delete(cidKey(schedule))
  }

  #number(receipt: CID, depth: number): void {
    const key = cidKey(receipt)
    if (!this.allReceipts.has(key)) this.allReceipts.set(key, { number: ++this.receiptsEnd, depth, receipt })
  }

  #putBlock({ cid, bytes }: Block, now: UnixSeconds): void {
    const key = cidKey(cid)
    const { used = Number.NEGATIVE_INFINITY } = this.blocks.get(key) ?? {}
    this.blocks.set(key, { cid, bytes, used: used < now - usedStepSeconds ? now : used })
  }

  #putEquivocation({ task, profile, receipts }: Contradiction): void {
    const key = `${cidKey(task)} ${profile}`
    const known = this.equivocations.get(key)
    const all = [...(known?.receipts ?? []), ...receipts]
    this.#keepEquivocation(key, { task, profile, receipts: all, refuted: known?.refuted ?? [] })
  }

  #refute(receipt: CID): void {
    const own = new Set([cidKey(receipt)])
    this.refuted.add(cidKey(receipt))
    this.removals += 1
    forget(this.results, own)
    for (const [key, one] of [...this.equivocations]) {
      const refuted = one.receipts.filter(cid => this.refuted.has(cidKey(cid)))
      this.equivocations.set(key, { ...one, refuted })
    }
  }

  /** One that is alone contradicts nothing. */
  #keepEquivocation(key: string, { task, profile, receipts, refuted }: Equivocation): void {
    const order = (cid: CID) => this.allReceipts.get(cidKey(cid))?.number ?? 0
    const unique = [...new Map(receipts.map(cid => [cidKey(cid), cid])).values()].sort((a, b) => order(a) - order(b))
    if (unique.length > 1) this.equivocations.set(key, { task, profile, receipts: unique, refuted })
    else this.equivocations.delete(key)
  }

  #putRevocation(revocation: Revocation, now: UnixSeconds): void {
    this.#putBlock(revocation, now)
    const { revoke, iss, cid } = revocation
    const known = this.revokers.get(cidKey(revoke)) ?? new Map<Did, CID>()
    const revoker = withoutFragment(iss)
    this.revokers.set(cidKey(revoke), known.set(revoker, known.get(revoker) ?? cid))
  }

  #putName(record: NameRecord, now: UnixSeconds): void {
    this.#putBlock(record, now)
    const { iss, name, seq, cid } = record
    const key = `${withoutFragment(iss)}/${name}`
    const known = this.names.get(key) ?? new Map<number, NameIndex>()
    if (known.has(seq)) return
    this.names.set(key, known.set(seq, { seq, record: cid }))
    this.allNames.set(cidKey(cid), cid)
  }

  remove({ newestRun, usedBefore, runs = [], receipts = [], blocks = [] }: Removal): boolean {
    const newest = this.runs.newest()
    if ((newest && cidKey(newest)) !== (newestRun && cidKey(newestRun))) return false
    this.removals += 1
    for (const run of runs) this.runs.remove(run)
    const gone = new Set(receipts.map(cidKey))
    for (const key of gone) {
      this.blocks.delete(key)
      this.allReceipts.delete(key)
      this.reports.delete(key)
      this.secrets.delete(key)
    }
    if (gone.size > 0) for (const map of [this.receipts, this.results]) forget(map, gone)
    for (const [key, one] of [...this.equivocations]) {
      const left = one.receipts.filter(cid => !gone.has(cidKey(cid)))
      const refuted = one.refuted.filter(cid => !gone.has(cidKey(cid)))
      if (left.length < one.receipts.length) this.#keepEquivocation(key, { ...one, receipts: left, refuted })
    }
    for (const cid of blocks) {
      const key = cidKey(cid)
      const entry = this.blocks.get(key)
      if (!entry || entry.used >= usedBefore) continue
      this.blocks.delete(key)
      this.sourceMaps.delete(key)
      this.secrets.delete(key)
    }
    return true
  }
}

function index(map: Map<string, Map<string, CID>>, key: string, cid: CID): void {
  const entries = map.get(key) ?? new Map<string, CID>()
  map.set(key, entries.set(cidKey(cid), cid))
}

function forget(map: Map<string, Map<string, CID>>, gone: ReadonlySet<string>): void {
  for (const [key, entries] of map) {
    for (const cid of entries.keys()) if (gone.has(cid)) entries.delete(cid)
    if (entries.size === 0) map.delete(key)
  }
}

interface MemoryBlock extends Block {
  readonly used: UnixSeconds
}
