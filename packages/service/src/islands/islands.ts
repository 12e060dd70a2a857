import type { Result } from '@ipvm/ipld'
import type { Answer, IncomingRequest, Network, NetworkFailure, Peer, PeerName, Refusal } from '@ipvm/network'
import type { Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import type { Acceptance } from '../receipts/accept.ts'
import type { Announcing } from '../receipts/announce.ts'
import { announceEvery } from '../receipts/limits.ts'
import { answerIsland, type AnswerParts, type Bringable } from './answer.ts'
import { reconcileAfter, reconcileEvery, spreadAfter } from './limits.ts'
import { setNames, type SetName } from './message.ts'
import { Readers } from './readers.ts'
import { Sets } from './sets.ts'
import { Taking } from './take.ts'
import { Talks, type Reconciled } from './talk.ts'
import { Travels } from './travels.ts'

/** How reconciliations go, for whoever watches them. */
export type OnReconciled = (peer: PeerName, set: SetName, reconciled: Reconciled) => void

/**
 * Nodes are causal islands (design §6): everything works alone, and what they know is merged when they meet. Revocations
 * first, then receipts; again every so often, and soon where another island has brought something.
 */
export class Islands {
  readonly #context: ServiceContext
  readonly #announcing: Announcing
  readonly #parts: Omit<AnswerParts, 'brings'>
  readonly #readers: Readers
  readonly #sets: Sets
  readonly #talks: Talks
  readonly #onReconciled: OnReconciled
  /** One reconciliation at a time with each peer. */
  readonly #underWay = new Map<PeerName, Promise<void>>()
  /** What is to be done later, by its name: each once. */
  readonly #timers = new Map<string, () => void>()
  readonly #refusing = new Set<PeerName>()
  readonly #closing = new AbortController()
  #stops: readonly (() => void)[] = []

  constructor(
    context: ServiceContext,
    acceptance: Acceptance,
    announcing: Announcing,
    onReconciled: OnReconciled = () => {},
  ) {
    this.#context = context
    this.#announcing = announcing
    this.#onReconciled = onReconciled
    this.#readers = new Readers(context.world)
    const travels = new Travels(context)
    const sets = new Sets(context, travels)
    const taking = new Taking(context, acceptance, () => this.#later('spread', spreadAfter, () => this.#all()))
    this.#parts = { context, sets, taking, travels, readers: this.#readers }
    this.#sets = sets
    this.#talks = new Talks({ context, sets, taking, travels, signal: this.#closing.signal })
    sets.onNew(receipts => this.#guarded(announcing.receipts(receipts)))
    // Whoever told us of it tells others, too.
    acceptance.onRevoked(({ cid }) => {
      sets.get('revocations').add(cid.multihash.digest)
      this.#readers.clear()
    })
  }

  open(network: Network): void {
    const runtime = this.#context.runtime()
    this.#stops = [
      network.watch(({ peer, change }) => (change === 'came' ? this.#came(network, peer) : this.#went(peer))),
      runtime.onReceipts(() => this.#later('look', announceEvery, () => this.#look(network))),
      runtime.onForeignWrites(() => this.#later('revocations', announceEvery, () => this.revoked())),
    ]
    for (const peer of network.peers()) this.#came(network, peer)
    this.#later('again', reconcileEvery, () => this.#again())
    // What is there from before is not announced anew.
    this.#guarded(this.#sets.readRevocations())
  }

  async close(): Promise<void> {
    for (const stop of [...this.#stops, ...this.#timers.values()]) stop()
    this.#stops = []
    this.#timers.clear()
    this.#closing.abort()
    await Promise.all(this.#underWay.values())
  }

  /** Answers a message of a reconciliation. */
  answer(request: Pick<IncomingRequest, 'bytes' | 'from'>, brings: Bringable): Promise<Result<Answer, Refusal>> {
    return answerIsland(request, { ...this.#parts, brings })
  }

  /** Whether a peer may hear of receipts: it has shown lately that it may read them. */
  isReader(did: Did): boolean {
    return this.#readers.has(did)
  }

  /** A revocation may have come to the store: all others are told at once. */
  async revoked(): Promise<void> {
    const cids = await this.#sets.readRevocations()
    if (cids.length === 0) return
    this.#readers.clear()
    await this.#announcing.revocations(cids)
  }

  /** Reconciles with a peer now. Resolves when that has ended, well or not. */
  meet(network: Network, peer: Peer): Promise<void> {
    const underWay = this.#underWay.get(peer.name)
    if (underWay) return underWay
    const meeting = this.#meet(network, peer)
      .catch((fault: unknown) => this.#context.log(`the store and that of ${peer.name} could not be reconciled`, fault))
      .finally(() => this.#underWay.delete(peer.name))
    this.#underWay.set(peer.name, meeting)
    return meeting
  }

  async #meet(network: Network, { name, did }: Peer): Promise<void> {
    // Whom nobody can name is asked for nothing, and may still ask.
    if (did === undefined) return
    for (const set of setNames) {
      const done = await this.#talks.reconcile(network, { name, did }, set)
      if ('error' in done) return this.#failed(name, done.error)
      this.#onReconciled(name, set, done.ok)
    }
    this.#refusing.delete(name)
  }

  #failed(peer: PeerName, { name, message }: NetworkFailure): void {
    // Who can only ask, asks; who has gone comes again. A refusal is told once.
    if (name !== 'Refused' || this.#refusing.has(peer)) return
    this.#refusing.add(peer)
    this.#context.log(`${peer} lets this node read no receipts: ${message}`)
  }

  /** The one whose DID is lower asks, and the other one where that does not come to pass. */
  #came(network: Network, peer: Peer): void {
    const { did } = peer
    if (did === undefined) return
    // What is announced from now on is what comes from now on: all before that is reconciled.
    if (network.peers().length <= 1) this.#guarded(this.#sets.read('quietly'))
    const [first, second] = reconcileAfter
    const after = this.#context.signer.did < did ? first : second
    this.#later(`meet ${peer.name}`, after, () => this.meet(network, peer))
  }

  #went({ name }: Peer): void {
    this.#timers.get(`meet ${name}`)?.()
    this.#timers.delete(`meet ${name}`)
    this.#talks.forget(name)
    this.#refusing.delete(name)
  }

  /** A receipt came to the store. Where nobody is there, nobody is told. */
  async #look(network: Network): Promise<void> {
    if (network.peers().length > 0) await this.#sets.read()
  }

  async #again(): Promise<void> {
    this.#later('again', reconcileEvery, () => this.#again())
    await this.#all()
  }

  async #all(): Promise<void> {
    const network = this.#context.network()
    for (const peer of network?.peers() ?? []) {
      if (network && !this.#closing.signal.aborted) await this.meet(network, peer)
    }
  }

  #later(name: string, milliseconds: number, work: () => Promise<void>): void {
    if (this.#timers.has(name) || this.#stops.length === 0) return
    const cancel = this.#context.world.after(milliseconds, () => {
      this.#timers.delete(name)
      this.#guarded(work())
    })
    this.#timers.set(name, cancel)
  }

  #guarded(work: Promise<unknown>): void {
    work.catch((fault: unknown) => this.#context.log('what is to be shared with others could not be read', fault))
  }
}
