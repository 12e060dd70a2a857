import { isNamedBy, type CID } from '@ipvm/ipld'
import type { Message, Network, Subscription, Verdict } from '@ipvm/network'
import { readContainer, writeContainer, type Receipt } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import type { Travelling } from '../islands/travels.ts'
import { nameOfToken, type Acceptance } from './accept.ts'
import {
  announcedBytesMax,
  announcedTokensMax,
  announcementsAtOnce,
  heardValueBytesMax,
  valuesAtOnce,
} from './limits.ts'
import type { Providing } from './provide.ts'
import { linkedValues } from './values.ts'

/** Where receipts are told of, as containers. */
export const receiptsTopic = 'ipvm/receipts/1'

/** Where revocations are told of, as containers. */
export const revocationsTopic = 'ipvm/revocations/1'

/** Tells others of this node's receipts and of revocations, and hears of theirs. */
export class Announcing {
  readonly #context: ServiceContext
  readonly #acceptance: Acceptance
  readonly #providing: Providing
  #subscriptions: readonly Subscription[] = []
  #valuesUnderWay = 0

  constructor(context: ServiceContext, acceptance: Acceptance, providing: Providing) {
    this.#context = context
    this.#acceptance = acceptance
    this.#providing = providing
  }

  open(network: Network): void {
    this.#subscriptions = [
      network.subscribe(receiptsTopic, message => this.#heardReceipts(message)),
      network.subscribe(revocationsTopic, message => this.#heardRevocations(message)),
    ]
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close()
    this.#subscriptions = []
  }

  /** Tells of receipts that came to the store; of those of others their own nodes tell. */
  async receipts(all: readonly Travelling[]): Promise<void> {
    const { did } = this.#context.signer
    const own = all.filter(({ cid, bytes, iss }) => sameDid(iss, did) && isNamedBy(cid, bytes))
    this.#providing.tell(own)
    await this.#tell(
      receiptsTopic,
      own.map(({ bytes }) => bytes),
    )
  }

  /** Tells of revocations. */
  async revocations(cids: readonly CID[]): Promise<void> {
    const tokens: Uint8Array[] = []
    for (const cid of cids) {
      const bytes = await this.#context.store.block(cid)
      if (bytes) tokens.push(bytes)
    }
    await this.#tell(revocationsTopic, tokens)
  }

  async #tell(topic: string, tokens: readonly Uint8Array[]): Promise<void> {
    const network = this.#context.network()
    if (!network) return
    for (const some of batches(tokens).slice(0, announcementsAtOnce)) {
      const told = await network.publish(topic, await writeContainer(some))
      // Whoever missed it reconciles; a topic is told at best.
      if ('error' in told) return
    }
  }

  async #heardReceipts({ bytes, from }: Message): Promise<Verdict> {
    const container = await readContainer(bytes)
    if ('error' in container) return 'reject'
    let verdict: Verdict = 'ignore'
    for (const token of container.ok.tokens) {
      if (this.#acceptance.wasDeclined(nameOfToken(token))) continue
      const checked = await this.#acceptance.check(token)
      if ('error' in checked) {
        if (checked.error.name === 'Declined') continue
        return 'reject'
      }
      verdict = 'accept'
      await this.#keep(checked.ok, from.name)
    }
    return verdict
  }

  async #heardRevocations({ bytes }: Message): Promise<Verdict> {
    const container = await readContainer(bytes)
    if ('error' in container) return 'reject'
    let verdict: Verdict = 'ignore'
    for (const token of container.ok.tokens) {
      const taken = await this.#acceptance.revocation(token)
      if ('ok' in taken) verdict = 'accept'
      else if (taken.error.name === 'Forged') return 'reject'
    }
    return verdict
  }

  /** What is large is brought meanwhile: the next message does not wait for it. */
  async #keep(receipt: Receipt, from: string): Promise<void> {
    const bringing = { from, valueBytesMax: heardValueBytesMax, isUnasked: true }
    if (linkedValues({ ...receipt.out }).length === 0) {
      await this.#acceptance.keep(receipt, bringing)
      return
    }
    if (this.#valuesUnderWay >= valuesAtOnce) return
    this.#valuesUnderWay += 1
    void this.#acceptance.keep(receipt, bringing).finally(() => {
      this.#valuesUnderWay -= 1
    })
  }
}

/** Tokens in groups that fit one message each. */
export function batches(
  tokens: readonly Uint8Array[],
  { tokensMax, bytesMax } = { tokensMax: announcedTokensMax, bytesMax: announcedBytesMax },
): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = []
  let bytes = 0
  for (const token of tokens) {
    const last = groups.at(-1)
    if (!last || last.length >= tokensMax || bytes + token.length > bytesMax) {
      groups.push([token])
      bytes = token.length
      continue
    }
    last.push(token)
    bytes += token.length
  }
  return groups
}
