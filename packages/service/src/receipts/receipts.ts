import type { CID, Result } from '@ipvm/ipld'
import type { Answer, IncomingRequest, Network, Peer, Refusal } from '@ipvm/network'
import type { Receipt } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { Bringable } from '../islands/answer.ts'
import { Islands, type OnReconciled } from '../islands/islands.ts'
import { Acceptance } from './accept.ts'
import { Announcing, receiptsTopic } from './announce.ts'
import { AskingPeers } from './ask.ts'
import { Neighbours } from './neighbours.ts'
import { Providing } from './provide.ts'

/** The receipts and revocations that this node shares with others. */
export class Receipts {
  /** The one way by which those of others come in. */
  readonly acceptance: Acceptance
  readonly #neighbours: Neighbours
  readonly #asking: AskingPeers
  readonly #announcing: Announcing
  readonly #islands: Islands

  /** @param onReconciled told how each reconciliation went */
  constructor(context: ServiceContext, onReconciled?: OnReconciled) {
    this.acceptance = new Acceptance(context)
    const providing = new Providing(context)
    this.#neighbours = new Neighbours(context)
    // What was declined may count now.
    this.#neighbours.onTrusted(() => this.acceptance.reconsider())
    this.#asking = new AskingPeers(context, this.acceptance, this.#neighbours, providing)
    this.#announcing = new Announcing(context, this.acceptance, providing)
    this.#islands = new Islands(context, this.acceptance, this.#announcing, onReconciled)
  }

  open(network: Network): void {
    this.#neighbours.open(network)
    this.#announcing.open(network)
    this.#islands.open(network)
  }

  async close(): Promise<void> {
    this.#neighbours.close()
    this.#announcing.close()
    await this.#islands.close()
  }

  /** See `Others.find`. */
  find(task: CID, profile: string, signal: AbortSignal): Promise<Receipt | undefined> | undefined {
    return this.#asking.find(task, profile, signal)
  }

  /** Answers a request of the type `reconcile`. */
  answer(request: Pick<IncomingRequest, 'bytes' | 'from'>, brings: Bringable): Promise<Result<Answer, Refusal>> {
    return this.#islands.answer(request, brings)
  }

  /** Whether a peer may hear a topic (`mayHear` of the network): revocations are for all, receipts for who may read them. */
  mayHear(topic: string, { did }: Peer): boolean {
    return topic !== receiptsTopic || (did !== undefined && this.#islands.isReader(did))
  }

  /** A revocation came to the store otherwise than by {@link Acceptance.revocation}: others are told at once. */
  revoked(): Promise<void> {
    return this.#islands.revoked()
  }

  /** Whom this node trusts may have changed: that is looked at now, and not only when it is time. */
  trustChanged(): void {
    this.#neighbours.look()
  }
}
