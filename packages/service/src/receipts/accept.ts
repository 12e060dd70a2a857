import { CID, cidKey, cidOf, codec, error, ok, type Failure, type Result } from '@ipvm/ipld'
import { Seen, type BlockShelf, type FetchFailure, type PeerName } from '@ipvm/network'
import type { Brought } from '@ipvm/runtime'
import { contradicts, settledBy, type Store } from '@ipvm/store'
import {
  decodeDelegation,
  decodeInvocation,
  readReceipt,
  readRevocation,
  resolvedName,
  type Receipt,
  type Revocation,
} from '@ipvm/ucan'
import { sameDid, withoutFragment, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { Buckets, type Rate } from '../admission/bucket.ts'
import { revocationBytesMax, revocationsMax } from '../islands/limits.ts'
import { declinedMax, heardBytes, heardExecutorsMax } from './limits.ts'
import { linkedValues } from './values.ts'

/** Why a receipt or a revocation that came from elsewhere is not kept. */
export interface NotAccepted extends Failure {
  /**
   * `Forged`: it is none, or not signed by who it says. `Misplaced`: it is one of a run, and not of its task, which
   * never leaves its node. `Declined`: there is nothing wrong with it, and it does not count here.
   */
  readonly name: 'Forged' | 'Misplaced' | 'Declined'
}

/** How a receipt is to be brought. */
export interface Bringing {
  /** Who has its value, where that is large. */
  readonly from: PeerName
  /** How large its value may be, bytes. */
  readonly valueBytesMax: number
  /** What of it came along. */
  readonly brought?: Brought
  /** Whether nobody here asked for it, so that there may be no room. */
  readonly isUnasked?: boolean
  readonly signal?: AbortSignal
}

/**
 * The one way by which receipts of others come into the store: verified, of a task and not of a run, of an executor that
 * is trusted here, not secret, and whole.
 */
export class Acceptance {
  readonly #context: ServiceContext
  /** What need not be looked at again: it does not count here. */
  readonly #declined = new Seen(declinedMax)
  readonly #revocationsMax: number
  /** What is left to each executor of what it may have kept unasked. */
  readonly #heard: Buckets
  /** How many revocations there are, about. */
  #revocations: number | undefined
  readonly #keeping = new Map<string, Promise<boolean>>()
  readonly #listeners = new Set<(receipt: Receipt) => void>()
  readonly #revokedListeners = new Set<(revocation: Revocation) => void>()

  /** @param most how many revocations there may be before those of strangers find no room */
  constructor(context: ServiceContext, most = revocationsMax, heard: Rate = heardBytes) {
    this.#context = context
    this.#heard = new Buckets(heard, heardExecutorsMax)
    this.#revocationsMax = most
  }

  /** Tells of each receipt that was accepted, once it is in the store. */
  onAccepted(listener: (receipt: Receipt) => void): void {
    this.#listeners.add(listener)
  }

  /** Tells of each revocation that came from elsewhere, once it is in the store. */
  onRevoked(listener: (revocation: Revocation) => void): void {
    this.#revokedListeners.add(listener)
  }

  /** Whether something was declined not long ago. */
  wasDeclined(cid: CID): boolean {
    return this.#declined.has(cidKey(cid))
  }

  /** Those who are trusted changed: what was declined may count now. */
  reconsider(): void {
    this.#declined.clear()
  }

  /** A receipt that counts here, as far as it says itself. */
  async check(bytes: Uint8Array): Promise<Result<Receipt, NotAccepted>> {
    const { store, signer } = this.#context
    const decoded = decodeInvocation(bytes)
    if ('error' in decoded) return error({ name: 'Forged', message: decoded.error.message })
    const { iss, envelope } = decoded.ok
    // Before its signature is looked at: who floods with receipts of strangers makes nobody work.
    if (!sameDid(iss, signer.did) && !(await store.trusts(iss))) {
      return this.#decline(envelope.cid, `${iss} is not trusted here`)
    }
    const read = await readReceipt(bytes)
    if ('error' in read) return error({ name: 'Forged', message: read.error.message })
    const receipt = read.ok
    const { exp, profile, cid, ran, as } = receipt
    if (exp !== null || profile === undefined) {
      return error({ name: 'Misplaced', message: `${cid} is the receipt of a run, and says nothing to others` })
    }
    for (const name of as ? [ran, as] : [ran]) {
      if (await store.isSecret(name)) return this.#decline(cid, 'it is of a secret of this node')
    }
    return ok(receipt)
  }

  /** Keeps a receipt that was checked, once all of its value is here. False where it cannot be brought. Never rejects. */
  async keep(receipt: Receipt, bringing: Bringing): Promise<boolean> {
    const key = cidKey(receipt.cid)
    const keeping =
      this.#keeping.get(key) ?? this.#keep(receipt, bringing).catch((fault: unknown) => this.#failed(fault))
    this.#keeping.set(key, keeping)
    try {
      return await keeping
    } finally {
      if (this.#keeping.get(key) === keeping) this.#keeping.delete(key)
    }
  }

  /** Whether a receipt counts here already. */
  async isKnown(receipt: Receipt): Promise<boolean> {
    const known = await this.#context.store.receiptsOf(resolvedName(receipt))
    return known.some(cid => cid.equals(receipt.cid))
  }

  /** A revocation that is new here, kept; it counts from then on. Whoever brings it, it speaks for itself. */
  async revocation(bytes: Uint8Array): Promise<Result<Revocation, NotAccepted>> {
    const { store } = this.#context
    if (bytes.length > revocationBytesMax) return error({ name: 'Forged', message: tooLarge })
    const decoded = decodeInvocation(bytes)
    if ('error' in decoded) return error({ name: 'Forged', message: decoded.error.message })
    const { args, iss, envelope } = decoded.ok
    // Before its signature is looked at; that its bytes are a block of the store says nothing.
    if (args.revoke instanceof CID && (await isRevokedBy(args.revoke, iss, store))) {
      return this.#decline(envelope.cid, 'its issuer has revoked that already')
    }
    const read = await readRevocation(bytes)
    if ('error' in read) return error({ name: 'Forged', message: read.error.message })
    const full = await this.noRoomFor(read.ok)
    if (full) return error(full)
    await store.commit({ revocations: [read.ok] })
    for (const listener of this.#revokedListeners) listener(read.ok)
    return read
  }

  /** Why a revocation that is new here is not kept; where it is, its room is taken. None that is here makes room (ADR 130). */
  async noRoomFor(revocation: Revocation): Promise<NotAccepted | undefined> {
    this.#revocations ??= (await this.#context.store.listRevocations()).length
    if (this.#revocations >= this.#revocationsMax && !(await this.#concerns(revocation))) {
      const message = `there are ${this.#revocationsMax} revocations here, and no room for more of strangers; take it back where the delegation is used`
      return { name: 'Declined', message }
    }
    this.#revocations += 1
    return undefined
  }

  /** Whether a revocation is of somebody whom this node deals with: no stranger's keep it out, however many there are. */
  async #concerns({ iss, revoke }: Revocation): Promise<boolean> {
    const { store, signer, knows } = this.#context
    if (sameDid(iss, signer.did) || (await store.trusts(iss)) || (await knows?.(iss))) return true
    const bytes = await store.block(revoke)
    const delegation = bytes && decodeDelegation(bytes)
    return delegation !== undefined && 'ok' in delegation && sameDid(delegation.ok.iss, iss)
  }

  async #keep(receipt: Receipt, bringing: Bringing): Promise<boolean> {
    const { from, valueBytesMax, brought, isUnasked = false, signal } = bringing
    const { store, runtime, network, world } = this.#context
    if (await this.isKnown(receipt)) return true
    const own = withoutFragment(receipt.iss)
    if (isUnasked && this.#heard.take(own, world.milliseconds(), receipt.bytes.length) > 0) return false
    const values = linkedValues({ ...receipt.out })
    const blocks = brought?.reached(values) ?? []
    if (blocks.length > 0) await store.commit({ blocks, canWait: true })
    const taken = (bytes: number) => void (isUnasked && this.#heard.charge(own, world.milliseconds(), bytes))
    taken(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0))
    // All that it links to together: there may be thousands of links.
    let room = valueBytesMax
    for (const root of values) {
      const options = { peers: [from], bytesMax: room, ...(signal && { signal }) }
      const fetched = await network()?.fetch(root, this.#shelf, options)
      if (fetched) taken('ok' in fetched ? fetched.ok.bytes : fetched.error.fetched.bytes)
      if (!fetched || ('error' in fetched && !(await this.#isThere(root, fetched.error)))) return false
      room -= 'ok' in fetched ? fetched.ok.bytes : fetched.error.fetched.bytes
    }
    const settled = await settledBy(store, receipt)
    await store.commit({ receipts: [receipt], ...settled })
    await this.#compare(receipt, settled.equivocations.length)
    runtime().arrived(receipt)
    for (const listener of this.#listeners) listener(receipt)
    return true
  }

  /** What this node found out itself meanwhile was not there to be compared with before. */
  async #compare(receipt: Receipt, known: number): Promise<void> {
    const equivocations = known > 0 ? [] : await contradicts(this.#context.store, receipt)
    if (equivocations.length > 0) await this.#context.store.commit({ equivocations })
  }

  /** What its owner has not, the value only names; what is lost under way is asked for again another time. */
  async #isThere(root: CID, { name, failures }: FetchFailure): Promise<boolean> {
    if (name !== 'MissingBlocks' || failures.length > 0 || root.code !== codec.dagCbor) return false
    return this.#context.store.hasBlock(root)
  }

  readonly #shelf: BlockShelf = {
    block: cid => this.#context.store.block(cid),
    put: blocks => this.#context.store.commit({ blocks, canWait: true }),
  }

  #failed(fault: unknown): false {
    this.#context.log('a receipt of others could not be kept', fault)
    return false
  }

  #decline(cid: CID, problem: string): { readonly error: NotAccepted } {
    this.#declined.add(cidKey(cid))
    return error({ name: 'Declined', message: `${cid} does not count here: ${problem}` })
  }
}

const tooLarge = `a revocation has at most ${revocationBytesMax} bytes`

/** Whether an agent has revoked a delegation, as far as is known here. */
export async function isRevokedBy(revoked: CID, revoker: Did, store: Pick<Store, 'revokersOf'>): Promise<boolean> {
  return (await store.revokersOf(revoked)).includes(withoutFragment(revoker))
}

/** The name of a token. */
export function nameOfToken(bytes: Uint8Array): CID {
  return cidOf(codec.dagCbor, bytes)
}
