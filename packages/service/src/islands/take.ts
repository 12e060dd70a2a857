import { CID, cidKey } from '@ipvm/ipld'
import type { PeerName } from '@ipvm/network'
import { Brought } from '@ipvm/runtime'
import { decodeInvocation, type Receipt } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import { nameOfToken, type Acceptance } from '../receipts/accept.ts'
import { heardValueBytesMax } from '../receipts/limits.ts'
import type { SetName } from './message.ts'

/** Takes what an island brings, by the one rule by which anything of others is taken. */
export class Taking {
  readonly #context: ServiceContext
  readonly #acceptance: Acceptance
  readonly #onTaken: () => void

  /** @param onTaken told where something was taken that is new */
  constructor(context: ServiceContext, acceptance: Acceptance, onTaken: () => void) {
    this.#context = context
    this.#acceptance = acceptance
    this.#onTaken = onTaken
  }

  /** Whether something that a peer has need not be brought: it does not count here, or is older than what is compared. */
  async isNeedless(cid: CID): Promise<boolean> {
    if (this.#acceptance.wasDeclined(cid)) return true
    const bytes = await this.#context.store.block(cid)
    const token = bytes && decodeInvocation(bytes)
    const ran = token && 'ok' in token ? token.ok.args.ran : undefined
    if (!(ran instanceof CID)) return false
    return (await this.#context.store.receiptsOf(ran)).some(known => known.equals(cid))
  }

  /** How many of these were taken and are new. Who brings what is false is to blame. */
  async take(set: SetName, tokens: readonly Uint8Array[], from: PeerName, brought = new Brought()): Promise<number> {
    const taken = await (set === 'receipts' ? this.#receipts(tokens, from, brought) : this.#revocations(tokens, from))
    if (taken > 0) this.#onTaken()
    return taken
  }

  async #revocations(tokens: readonly Uint8Array[], from: PeerName): Promise<number> {
    let taken = 0
    for (const token of tokens) {
      const revocation = await this.#acceptance.revocation(token)
      if ('ok' in revocation) taken += 1
      else if (revocation.error.name === 'Forged') this.#misbehaved(from)
    }
    return taken
  }

  /** Those first from which others were made: then these settle the names, too, that were asked for. */
  async #receipts(tokens: readonly Uint8Array[], from: PeerName, brought: Brought): Promise<number> {
    const checked = new Map<string, Receipt>()
    for (const token of tokens) {
      if (this.#acceptance.wasDeclined(nameOfToken(token))) continue
      const receipt = await this.#acceptance.check(token)
      if ('ok' in receipt) checked.set(cidKey(receipt.ok.cid), receipt.ok)
      else if (receipt.error.name !== 'Declined') this.#misbehaved(from)
    }
    let taken = 0
    for (const receipt of inOrder(checked)) {
      if (await this.#acceptance.isKnown(receipt)) continue
      if (await this.#acceptance.keep(receipt, { from, valueBytesMax: heardValueBytesMax, brought, isUnasked: true }))
        taken += 1
    }
    return taken
  }

  #misbehaved(from: PeerName): void {
    this.#context.network()?.misbehaved(from, 'Forgery')
  }
}

/** Each receipt after those from which it was made, as far as these are among them. */
function inOrder(receipts: ReadonlyMap<string, Receipt>): readonly Receipt[] {
  const done = new Set<string>()
  const list: Receipt[] = []
  for (const key of receipts.keys()) {
    const pending = [key]
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const receipt = receipts.get(next)
      const before = done.has(next) ? [] : (receipt?.from ?? []).map(cidKey).filter(one => receipts.has(one))
      const open = before.filter(one => !done.has(one) && !pending.includes(one))
      if (open.length > 0) {
        pending.push(...open)
        continue
      }
      pending.pop()
      if (receipt && !done.has(next)) list.push(receipt)
      done.add(next)
    }
  }
  return list
}
