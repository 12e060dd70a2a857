import { CID, cidKey } from '@ipvm/ipld'
import { readReceipt, type Receipt, type UnixSeconds } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Store } from '@ipvm/store'
import { rememberedBytesMax, rememberedReceiptsMax } from '../limits.ts'

/**
 * Finds results that are known already. Only receipts of the executors that are trusted count, here or in the store, and
 * each is verified.
 */
export class Memo {
  readonly #store: Store
  readonly #trusted: ReadonlySet<Did>
  readonly #onDoubt: (receipt: CID, problem: string) => void
  /** The oldest first. */
  readonly #verified = new Map<string, Receipt>()
  #verifiedBytes = 0

  readonly #now: () => UnixSeconds

  /** @param onDoubt told of a stored receipt that did not verify; it is passed over, and its task runs again */
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

  /** The receipt that settles a task's name (asked, resolved or an alias) under a profile. */
  async find(name: CID, profile: string): Promise<Receipt | undefined> {
    for (const cid of await this.#store.resultsFor(name, profile)) {
      const receipt = await this.receipt(cid)
      if (!receipt || (receipt.exp !== null && receipt.exp < this.#now())) continue
      if ((await this.#isTrusted(receipt)) && (await this.#isWhole(receipt))) return receipt
    }
    return undefined
  }

  /** A stored receipt, verified; whoever signed it. */
  async receipt(cid: CID): Promise<Receipt | undefined> {
    return this.#verified.get(cidKey(cid)) ?? (await this.#read(cid))
  }

  /** Remembers a receipt that was just issued, or just verified, so that it need not be verified again. */
  remember(receipt: Receipt): void {
    const key = cidKey(receipt.cid)
    if (this.#verified.has(key)) return
    this.#verified.set(key, receipt)
    this.#verifiedBytes += receipt.bytes.length
    for (const [oldest, { bytes }] of this.#verified) {
      if (this.#verified.size <= rememberedReceiptsMax && this.#verifiedBytes <= rememberedBytesMax) return
      this.#verified.delete(oldest)
      this.#verifiedBytes -= bytes.length
    }
  }

  async #isTrusted({ iss }: Receipt): Promise<boolean> {
    return this.#trusted.has(iss) || this.#store.trusts(iss)
  }

  /** A result whose large value is gone is no use: its task runs again. */
  async #isWhole({ cid, out }: Receipt): Promise<boolean> {
    const value = 'ok' in out ? out.ok : out.error.value
    if (!(value instanceof CID) || (await this.#store.hasBlock(value))) return true
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
