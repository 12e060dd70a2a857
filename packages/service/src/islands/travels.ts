import { CID, isNamedBy } from '@ipvm/ipld'
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
    const found = await this.#look(cid, iss => this.#context.store.trusts(iss))
    // What was damaged on the disk would make a liar of us.
    return found && isNamedBy(cid, found.bytes) ? found : undefined
  }

  /** The same for many, which are not sent yet: whom this node trusts is asked for once, and no bytes are hashed. */
  all(cids: readonly CID[]): Promise<readonly Travelling[]> {
    const known = new Map<Did, Promise<boolean>>()
    const trusts = (iss: Did): Promise<boolean> => {
      const trusted = known.get(iss) ?? this.#context.store.trusts(iss)
      known.set(iss, trusted)
      return trusted
    }
    return this.#all(cids, trusts)
  }

  async #all(cids: readonly CID[], trusts: (iss: Did) => Promise<boolean>): Promise<readonly Travelling[]> {
    const found: Travelling[] = []
    for (const cid of cids) {
      const one = await this.#look(cid, trusts)
      if (one) found.push(one)
    }
    return found
  }

  async #look(cid: CID, trusts: (iss: Did) => Promise<boolean>): Promise<Travelling | undefined> {
    const { store, signer } = this.#context
    const bytes = await store.block(cid)
    const token = bytes && decodeInvocation(bytes)
    if (!bytes || !token || 'error' in token) return undefined
    const { cmd, iss, exp, args } = token.ok
    const { ran, as: resolved = ran, profile } = args
    if (cmd !== receiptCommand || exp !== null || typeof profile !== 'string') return undefined
    if (!(ran instanceof CID) || !(resolved instanceof CID)) return undefined
    if (!sameDid(iss, signer.did) && !(await trusts(iss))) return undefined
    for (const name of resolved === ran ? [cid, ran] : [cid, ran, resolved]) {
      if (await store.isSecret(name)) return undefined
    }
    return { cid, bytes, iss }
  }
}
