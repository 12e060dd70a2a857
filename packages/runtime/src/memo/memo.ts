import { CID, cidKey } from '@ipvm/ipld'
import { readReceipt, resolvedName, type Receipt, type UnixSeconds } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Store } from '@ipvm/store'
import { isSealed, sealedKey } from '../secret/sealed.ts'
import { rememberedBytesMax, rememberedReceiptsMax, rivalsMax } from '../limits.ts'

/**
 * Finds results that are known already. Only receipts of the executors that are trusted count, here or in the store, and
 * each is verified.
 */
export class Memo {
  readonly #store: Store
  readonly #trusted: ReadonlySet<Did>
  readonly #onDoubt: (receipt: CID, problem: string) => void
  /** The oldest first. */
  readonly #verified = new Map<string, Remembered>()
  #verifiedBytes = 0
  /** What is known to be in the store, by profile and name; of those that are verified. */
  readonly #settled = new Map<string, Map<string, Receipt>>()
  /** Names, by profile, of which there are results that do not count. */
  readonly #rivals = new Set<string>()
  /** How often the store had let go of something when that was known. */
  #removals: number | undefined
  #refreshing: Promise<void> | undefined

  readonly #now: () => UnixSeconds

  /** @param onDoubt told of a stored receipt that did not verify, which is passed over, and of one that others contradict */
  constructor(
    store: Store,
    now: () => UnixSeconds,
    trusted: ReadonlySet<Did>,
    onDoubt: (receipt: CID, problem: string) => void,
  ) {
    this.#store = store
    this.#now = now
    this.#trusted = trusted
    this.#onDoubt = onDoubt
  }

  /**
   * The receipt that settles a task's name (asked, resolved or an alias) under a profile: this node's own, or else the
   * oldest that counts. Where there are others that say something else, that is told.
   * @param agent whose the task is to do, where that is another one: then its receipts count, and no others
   */
  async find(name: CID, profile: string, agent?: Did): Promise<Receipt | undefined> {
    const known = await this.#store.resultsFor(name, profile)
    if (agent) return this.#ofAgent(agent, known)
    let found: Receipt | undefined
    for (const cid of known) {
      const receipt = await this.receipt(cid)
      if (!receipt || (found && !this.#trusted.has(receipt.iss)) || !(await this.#counts(receipt))) continue
      found = receipt
      if (this.#trusted.has(receipt.iss)) break
    }
    if (!found) {
      if (known.length > 0) this.noteRivals(name, profile)
      return undefined
    }
    if (known.length > 1) await this.#tellContradiction(found, profile)
    this.settles(found, profile, [name])
    return found
  }

  async #ofAgent(agent: Did, known: readonly CID[]): Promise<Receipt | undefined> {
    for (const cid of known) {
      const receipt = await this.receipt(cid)
      if (!receipt || !sameDid(receipt.iss, agent) || (receipt.exp !== null && receipt.exp < this.#now())) continue
      if (await this.#isWhole(receipt)) return receipt
    }
    return undefined
  }

  /** Whether there are results of a task that were not made use of, and that a new one may contradict. */
  hasRivals(name: CID, profile: string): boolean {
    return this.#rivals.size > 0 && this.#rivals.has(resultKey(name, profile))
  }

  /** Takes note that there are some, or may be. */
  noteRivals(name: CID, profile: string): void {
    const [oldest] = this.#rivals
    if (oldest !== undefined && this.#rivals.size >= rivalsMax) this.#rivals.delete(oldest)
    this.#rivals.add(resultKey(name, profile))
  }

  async #counts(receipt: Receipt): Promise<boolean> {
    if (receipt.exp !== null && receipt.exp < this.#now()) return false
    return (await this.#isTrusted(receipt)) && (await this.#isWhole(receipt))
  }

  async #tellContradiction(found: Receipt, profile: string): Promise<void> {
    const task = resolvedName(found)
    const contradiction = await this.#store.equivocation(task, profile)
    if (!contradiction) return
    const count = contradiction.receipts.length
    this.#doubt(found.cid, `it is made use of, and one of ${count} results of ${task} that contradict each other`)
  }

  /**
   * The same for a task of a run, at once where it is remembered: as long as a run goes on, no receipt goes, so that what
   * was there when it began is there (ADR 51).
   */
  recall(name: CID, profile: string): Receipt | undefined {
    return this.#settled.get(profile)?.get(cidKey(name))
  }

  /** Takes note that a receipt is in the store, and settles these names there. What may go sooner is not remembered. */
  settles(receipt: Receipt, profile: string, names: readonly CID[]): void {
    const remembered = this.#verified.get(cidKey(receipt.cid))
    if (!remembered || receipt.exp !== null || largeValue(receipt)) return
    const known = this.#settled.get(profile) ?? new Map<string, Receipt>()
    this.#settled.set(profile, known)
    for (const name of names) {
      const key = cidKey(name)
      if (known.has(key)) continue
      known.set(key, receipt)
      remembered.names.push([profile, key])
    }
  }

  /** Looks whether the store has let go of something since: then what it has is to be asked for again. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const known = this.#removals
    this.#removals = undefined
    const removals = await this.#store.removals()
    this.#removals = removals
    if (removals === known) return
    this.#settled.clear()
    for (const { names } of this.#verified.values()) names.length = 0
  }

  /** A stored receipt, verified; whoever signed it. */
  async receipt(cid: CID): Promise<Receipt | undefined> {
    return this.#verified.get(cidKey(cid))?.receipt ?? (await this.#read(cid))
  }

  /** Remembers a receipt that was just issued, or just verified, so that it need not be verified again. */
  remember(receipt: Receipt): void {
    const key = cidKey(receipt.cid)
    if (this.#verified.has(key)) return
    this.#verified.set(key, { receipt, names: [] })
    this.#verifiedBytes += receipt.bytes.length
    for (const [oldest, remembered] of this.#verified) {
      if (this.#verified.size <= rememberedReceiptsMax && this.#verifiedBytes <= rememberedBytesMax) return
      this.#verified.delete(oldest)
      this.#verifiedBytes -= remembered.receipt.bytes.length
      for (const [profile, name] of remembered.names) this.#settled.get(profile)?.delete(name)
    }
  }

  async #isTrusted({ iss }: Receipt): Promise<boolean> {
    return this.#trusted.has(iss) || this.#store.trusts(iss)
  }

  /** A result whose large value is gone is no use: its task runs again. */
  async #isWhole({ cid, out }: Receipt): Promise<boolean> {
    const value = largeValue({ out })
    if (!value || (await this.#store.hasBlock(value))) return true
    this.#doubt(cid, `its value ${value} is gone`)
    return false
  }

  async #read(cid: CID): Promise<Receipt | undefined> {
    const bytes = await this.#store.block(cid)
    if (!bytes) return this.#doubt(cid, 'its bytes are missing')
    const receipt = await readReceipt(bytes)
    if ('error' in receipt) return this.#doubt(cid, receipt.error.message)
    if (!receipt.ok.cid.equals(cid)) return this.#doubt(cid, 'its bytes do not hash to its name')
    this.remember(receipt.ok)
    return receipt.ok
  }

  #doubt(cid: CID, problem: string): undefined {
    this.#onDoubt(cid, problem)
  }
}

/** A receipt that was verified, and the names, by profile, that it is found by without the store. */
interface Remembered {
  readonly receipt: Receipt
  readonly names: (readonly [profile: string, name: string])[]
}

function resultKey(name: CID, profile: string): string {
  return `${cidKey(name)} ${profile}`
}

/** The block of a value that is too large for its receipt. */
function largeValue({ out }: Pick<Receipt, 'out'>): CID | undefined {
  const value = 'ok' in out ? out.ok : out.error.value
  const whole = isSealed(value) ? value[sealedKey] : value
  return whole instanceof CID ? whole : undefined
}
