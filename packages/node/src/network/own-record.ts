import { assertPeer, limits, type PeerRecord } from '@ipvm/network'
import type { Signer } from '@ipvm/varsig'
import { peerRecordSeconds } from '../limits.ts'

/** The record of where a node is, signed when it is asked for and the last one does not do any more. */
export class OwnRecord {
  readonly #signer: Signer
  readonly #now: () => number
  readonly #addresses: () => readonly string[]
  #last: PeerRecord | undefined

  constructor(signer: Signer, now: () => number, addresses: () => readonly string[]) {
    this.#signer = signer
    this.#now = now
    this.#addresses = addresses
  }

  /** Its bytes; undefined where the node is nowhere. */
  async bytes(): Promise<Uint8Array | undefined> {
    const addresses = this.#addresses()
      .filter(address => address.length <= limits.addressLengthMax)
      .slice(0, limits.addressesMax)
    if (addresses.length === 0) return undefined
    const now = this.#now()
    const isSame = this.#last?.addresses.join(' ') === addresses.join(' ')
    if (this.#last && isSame && this.#last.exp - now > peerRecordSeconds / 2) return this.#last.bytes
    this.#last = await assertPeer(addresses, now + peerRecordSeconds, this.#signer)
    return this.#last.bytes
  }
}
