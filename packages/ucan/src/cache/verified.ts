import type { CID } from '@ipvm/ipld'
import type { Delegation } from '../delegation/delegation.ts'
import { cidKey } from '../envelope/key.ts'
import { verifiedBytesMax, verifiedTokensMax } from '../limits.ts'

/**
 * Delegations whose bytes hash to their name and whose signature was checked, the least recently used dropped first.
 * Only a `did:key` issuer's: its key never changes, so such a signature is valid for good.
 */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Delegation>()
  readonly #tokensMax: number
  readonly #bytesMax: number
  #bytes = 0

  /** @param tokensMax how many are kept; @param bytesMax how many bytes they may have together */
  constructor(tokensMax = verifiedTokensMax, bytesMax = verifiedBytesMax) {
    this.#tokensMax = tokensMax
    this.#bytesMax = bytesMax
  }

  get size(): number {
    return this.#tokens.size
  }

  /** The delegation of that name, if it was verified lately. */
  get(cid: CID): Delegation | undefined {
    const key = cidKey(cid)
    const found = this.#tokens.get(key)
    if (!found) return undefined
    this.#tokens.delete(key)
    this.#tokens.set(key, found)
    return found
  }

  /** Remembers a delegation whose signature was just checked. */
  add(delegation: Delegation): void {
    const { cid, bytes } = delegation.envelope
    const key = cidKey(cid)
    if (this.#tokens.has(key) || !delegation.iss.startsWith('did:key:')) return
    this.#tokens.set(key, delegation)
    this.#bytes += bytes.length
    for (const [oldest, { envelope }] of this.#tokens) {
      if (this.#tokens.size <= this.#tokensMax && this.#bytes <= this.#bytesMax) return
      this.#tokens.delete(oldest)
      this.#bytes -= envelope.bytes.length
    }
  }
}
