import { CID, cidKey, isNamedBy } from '@ipvm/ipld'
import { decodeInvocation, receiptCommand } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'

/** A receipt of the store that others may have. */
export interface Travelling {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly iss: Did
}

/** Which receipts of a store may leave it unasked: those of tasks, of executors that are trusted, and of no secret. */
export class Travels {
  readonly #context: Pick<ServiceContext, 'store' | 'signer'>

  constructor(context: Pick<ServiceContext, 'store' | 'signer'>) {
    this.#context = context
  }

  /** A receipt by its name, if others may have it. It was verified when it came, and is what it was then. */
  async receipt(cid: CID): Promise<Travelling | undefined> {
    const { store, signer } = this.#context
    const bytes = await store.block(cid)
    const token = bytes && decodeInvocation(bytes)
    if (!bytes || !token || 'error' in token) return undefined
    const { cmd, iss, exp, args } = token.ok
    const { ran, as: resolved = ran, profile } = args
    if (cmd !== receiptCommand || exp !== null || typeof profile !== 'string') return undefined
    if (!(ran instanceof CID) || !(resolved instanceof CID)) return undefined
    if (!sameDid(iss, signer.did) && !(await store.trusts(iss))) return undefined
    for (const name of new Map([cid, ran, resolved].map(one => [cidKey(one), one])).values()) {
      if (await store.isSecret(name)) return undefined
    }
    // What was damaged on the disk would make a liar of us.
    return isNamedBy(cid, bytes) ? { cid, bytes, iss } : undefined
  }
}
