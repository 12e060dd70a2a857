import { error, type CID, type Result } from '@ipvm/ipld'
import type { Answer, IncomingRequest, Network, Peer, Refusal } from '@ipvm/network'
import type { NodeReads } from '@ipvm/network/http/server'
import type { Others } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'
import { Admission } from './admission/admission.ts'
import { mayCome } from './admission/door.ts'
import { defaultAdmission, type AdmissionLimits } from './admission/limits.ts'
import type { ServiceContext } from './context.ts'
import { remote } from './remote/remote.ts'
import type { Handler } from './invocations/handler.ts'
import { Invocations } from './invocations/invocations.ts'
import { blockForPeer, nodeReads } from './invocations/reads.ts'
import { RunHandler } from './invocations/run.ts'
import { handlersOf } from './invocations/table.ts'
import type { JoinParts } from './join/admit.ts'
import { joinPartsOf } from './join/handlers.ts'
import { MemoryPeerBook } from './join/memory-book.ts'
import { addressesIn, knownIn, type PeerBook } from './join/peer-book.ts'
import type { OnReconciled } from './islands/islands.ts'
import { Receipts } from './receipts/receipts.ts'

/** Of what a service is made. */
export interface ServiceParts extends Omit<ServiceContext, 'network'> {
  /** The others that its owner deals with; a list in memory, where not given. */
  readonly peers?: PeerBook
  /** What it calls itself. */
  readonly name?: string
  /** How much of others is taken on; the limits that are not given are the usual ones. */
  readonly admission?: Partial<AdmissionLimits>
  /** Told how each reconciliation with another node went. */
  readonly onReconciled?: OnReconciled
}

/** A node as others meet it. */
export class Service {
  /** What its runtime asks others by. */
  readonly others: Others & ReturnType<typeof remote>
  /** What is shown over HTTP beside what the network serves. */
  readonly reads: NodeReads
  /** By what it joins others, and is joined. */
  readonly join: JoinParts
  /** What it has in common with others. */
  readonly receipts: Receipts
  readonly #context: ServiceContext
  readonly #handlers: Map<Command, Handler>
  readonly #admission: Admission
  readonly #invocations: Invocations
  #network: Network | undefined

  constructor({ admission: limits, onReconciled, peers = new MemoryPeerBook(), name, ...parts }: ServiceParts) {
    const context: ServiceContext = {
      addressesOf: addressesIn(peers),
      knows: knownIn(peers),
      ...parts,
      network: () => this.#network,
    }
    this.#context = context
    this.join = joinPartsOf(context, peers, name)
    this.receipts = new Receipts(context, onReconciled)
    this.others = { ...remote(context), find: (task, profile, signal) => this.receipts.find(task, profile, signal) }
    const sample = () => context.runtime().sample()
    const admission = new Admission({ world: parts.world, limits: { ...defaultAdmission, ...limits }, sample })
    this.#admission = admission
    this.#handlers = handlersOf(context, this.receipts, this.join)
    this.#invocations = new Invocations(context, admission, this.#handlers, new RunHandler(context, admission))
    this.reads = nodeReads(context, admission)
  }

  /** Answers a request of another node, whichever way it came: `answer` of the network. */
  readonly answer = (request: IncomingRequest): Promise<Result<Answer, Refusal>> =>
    request.type === 'reconcile' ? this.#reconcile(request) : this.#invocations.answer(request)

  /** A block that a peer may have: `block` of the network. */
  readonly block = (cid: CID, peer: Peer): Promise<Uint8Array | undefined> =>
    blockForPeer(cid, peer, this.#context, this.join.book)

  /** Whether a peer may hear a topic: `mayHear` of the network. */
  readonly mayHear = (topic: string, peer: Peer): boolean => this.receipts.mayHear(topic, peer)

  /** Whether a peer whom nobody here knows may ask, by what it brings: `admitsBy` of the network. */
  readonly admitsBy = async (peer: Peer, proof: Uint8Array): Promise<boolean> => {
    if (this.#admission.shuns(peer.name)) return false
    const may = await mayCome(peer, proof, this.#context)
    if (!may) this.#admission.refused(peer.name)
    return may
  }

  /** Goes to the others: answers them, and asks them, from now on. */
  open(network: Network): void {
    this.#network = network
    this.receipts.open(network)
    this.#context.log(`reached at ${network.addresses.join(', ')}`)
  }

  /** A message of a reconciliation: anybody may send one, and so nobody without measure. */
  async #reconcile(request: IncomingRequest): Promise<Result<Answer, Refusal>> {
    const { name } = request.from
    const shunned = this.#admission.shuns(name)
    if (shunned) return error(shunned)
    const entered = this.#admission.enter(name, name, 'open')
    if ('error' in entered) return entered
    try {
      const answered = await this.receipts.answer(request, count => this.#admission.brings(name, count))
      if ('error' in answered && answered.error.name === 'Refused') this.#admission.refused(name)
      return answered
    } finally {
      entered.ok()
    }
  }

  async close(): Promise<void> {
    await this.receipts.close()
    await this.#network?.close()
    this.#network = undefined
  }
}
