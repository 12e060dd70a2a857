import { limits as networkLimits, assertPeer, type PeerRecord } from '@ipvm/network'
import type { ServiceContext } from '../context.ts'
import { recordRenewSeconds, recordSeconds } from '../limits.ts'

/** The signed record of where a node is, made anew where it moves and before it ends. */
export class OwnRecord {
  readonly #context: ServiceContext
  #record: Promise<PeerRecord> | undefined
  #addresses: readonly string[] = []
  #until = 0

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Undefined where it cannot be reached. */
  async bytes(): Promise<Uint8Array | undefined> {
    const { signer, world } = this.#context
    const addresses = (this.#context.network()?.addresses ?? []).slice(0, networkLimits.addressesMax)
    if (addresses.length === 0) return undefined
    const now = world.now()
    const isSame = addresses.join(' ') === this.#addresses.join(' ')
    if (!this.#record || !isSame || now + recordRenewSeconds > this.#until) {
      this.#addresses = addresses
      this.#until = now + recordSeconds
      this.#record = assertPeer(addresses, this.#until, signer)
    }
    return (await this.#record).bytes
  }
}
