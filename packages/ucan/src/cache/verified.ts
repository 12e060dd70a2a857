import { cidKey, type CID } from '@ipvm/ipld'
import type { Delegation } from '../delegation/delegation.ts'
import { verifiedBytesMax, verifiedTokensMax } from '../limits.ts'

/**
 * Delegations whose bytes hash to their name and whose signature was checked. Only a `did:key` issuer's: its key never
 * changes, so such a signature is valid for good.
 *
 * Kept in two generations: what is used moves to the young one; when that has half of what may be kept, it becomes the
 * old one, and what was old and not used since is dropped.
 */
export class VerifiedTokens {
  #young = new Map<string, Delegation>()
  #old = new Map<string, Delegation>()
  #youngBytes = 0
  readonly #youngMax: number
  readonly #youngBytesMax: number

  /** @param tokensMax how many are kept; @param bytesMax how many bytes they may have together */
  constructor(tokensMax = verifiedTokensMax, bytesMax = verifiedBytesMax) {
    this.#youngMax = tokensMax / 2
    this.#youngBytesMax = bytesMax / 2
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The delegation of that name, if it was verified lately. */
  get(cid: CID): Delegation | undefined {
    const key = cidKey(cid)
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) {
      this.#old.delete(key)
      this.#keep(key, old)
    }
    return old
  }

  /** Remembers a delegation whose signature was just checked. */
  add(delegation: Delegation): void {
    if (!this.get(delegation.envelope.cid) && delegation.iss.startsWith('did:key:')) {
      this.#keep(cidKey(delegation.envelope.cid), delegation)
    }
  }

  #keep(key: string, delegation: Delegation): void {
    const { length } = delegation.envelope.bytes
    if (length > this.#youngBytesMax) return
    if (this.#young.size + 1 > this.#youngMax || this.#youngBytes + length > this.#youngBytesMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#young.set(key, delegation)
    this.#youngBytes += length
  }
}
