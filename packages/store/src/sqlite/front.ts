import { cidKey, type CID } from '@ipvm/ipld'
import type { Intent } from '../journal.ts'
import type { Change, Report } from '../store.ts'

type KvChange = NonNullable<Change['kv']>[number]

/**
 * What was committed and is not on the disk yet, as far as it is asked for at once and often. Of the rest it knows
 * what kinds of things there are, so that a question about those can wait for them.
 */
export class Front {
  readonly blocks = new Map<string, Uint8Array>()
  readonly results = new Map<string, CID[]>()
  readonly reports = new Map<string, Report>()
  readonly aliases = new Map<string, CID>()
  /** Undefined where one was concluded. */
  readonly intents = new Map<string, Intent | undefined>()
  readonly kv = new Map<string, KvChange>()
  readonly secrets = new Set<string>()
  /** The runs that something was written of. */
  readonly runs = new Set<string>()
  readonly #kinds = new Set<string>()

  add(change: Change): void {
    for (const kind in change) this.#kinds.add(kind)
    for (const { cid, bytes } of change.blocks ?? []) this.blocks.set(cidKey(cid), bytes)
    for (const { cid, bytes } of change.receipts ?? []) this.blocks.set(cidKey(cid), bytes)
    for (const { cid, bytes } of change.revocations ?? []) this.blocks.set(cidKey(cid), bytes)
    for (const { cid, bytes } of change.names ?? []) this.blocks.set(cidKey(cid), bytes)
    for (const { receipt, ...report } of change.reports ?? []) this.reports.set(cidKey(receipt), report)
    for (const { name, profile, receipt } of change.results ?? []) {
      const key = resultKey(name, profile)
      const known = this.results.get(key)
      if (known) known.push(receipt)
      else this.results.set(key, [receipt])
    }
    for (const [alias, name] of change.aliases ?? []) this.aliases.set(cidKey(alias), name)
    for (const intent of change.intents ?? []) this.intents.set(cidKey(intent.task), intent)
    for (const task of change.concluded ?? []) this.intents.set(cidKey(task), undefined)
    for (const entry of change.kv ?? []) this.kv.set(entry.key, entry)
    for (const cid of change.secrets ?? []) this.secrets.add(cidKey(cid))
    if (change.runStarted) this.runs.add(cidKey(change.runStarted.run))
    for (const { run } of change.journal ?? []) this.runs.add(cidKey(run))
  }

  /** Whether there is something of one of these kinds. */
  has(kinds: readonly (keyof Change)[]): boolean {
    return kinds.some(kind => this.#kinds.has(kind))
  }
}

/** What a result is found by. */
export function resultKey(name: CID, profile: string): string {
  return `${cidKey(name)} ${profile}`
}
