import type { Block, CID, Result, Unit } from '@ipvm/ipld'
import type { Answer, BlocksOptions, Body, IncomingRequest, Refusal, RequestOptions, Waiting } from './exchange.ts'
import type { NetworkFailure } from './failure.ts'
import type { Misdeed } from './ledger.ts'
import type { Peer, PeerName } from './peer.ts'
import type { Verdict } from './topic/topics.ts'
import type { NetworkWorld } from './world.ts'

/**
 * One way to other nodes. It moves bytes and keeps them within their limits while they come in; what they mean, who is
 * to be believed and what is verified is the network's (`network.ts`), so that no transport can forget it.
 */
export interface Transport {
  /** A word for people, such as `http`. */
  readonly name: string
  /** Where others reach this node; none where it can only ask. */
  readonly addresses: readonly string[]
  /** Whether this transport would dial such an address. */
  dials(address: string): boolean
  /** Makes sure that there is a peer at an address. */
  connect(address: string, options: Required<Waiting>): Promise<Result<Peer, NetworkFailure>>
  /** Lets go of a peer. Absent where nobody is connected to in particular. */
  disconnect?(peer: PeerName): void
  request(peer: PeerName, body: Body, options: Required<RequestOptions>): Promise<Result<Answer, NetworkFailure>>
  /**
   * What a peer has of these blocks, in any order, unverified; those that it lacks do not come. Waits for its reader
   * before it reads on. Throws StreamError with a {@link NetworkFailure} where it breaks off.
   */
  blocks(peer: PeerName, cids: readonly CID[], options: BlocksOptions & Required<Waiting>): AsyncIterable<Block>
  /** Tells everyone who is subscribed and can be reached, as far as that is known. */
  publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>>
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  peers(): readonly Peer[]
  /**
   * Tells others for a while that what is under a name (a block, or the receipts of a task) is to be had here. Absent
   * where a transport has no way to do so.
   */
  provide?(cid: CID, waiting: Required<Waiting>): Promise<Result<Unit, NetworkFailure>>
  /** Where those are who say that they have something: addresses for `connect`, nothing of it verified. */
  findProviders?(cid: CID, waiting: Required<Waiting>): Promise<readonly string[]>
  close(): Promise<void>
}

/** What a transport finds at home: the network, from below. Nothing here throws. */
export interface Host {
  readonly world: NetworkWorld
  /** The largest body of a request that is taken, bytes. */
  readonly bodyBytesMax: number
  /** Answers a request that came in. */
  answer(request: IncomingRequest): Promise<Result<Answer, Refusal>>
  /** A block that a peer may have; undefined where there is none for it. */
  block(cid: CID, peer: Peer): Promise<Uint8Array | undefined>
  /** Whether this peer is listened to at all now. */
  welcomes(peer: Peer): boolean
  /**
   * Whether a peer is dealt with that the transport itself has told apart: who is not hears who we are, and nothing else.
   * Over HTTP it is each request that is authorised.
   */
  admits(peer: Peer): boolean
  /** Whether a peer that is not admitted may ask all the same, by the container of delegations that it brings. */
  admitsBy(peer: Peer, proof: Uint8Array): Promise<boolean>
  /** Whether a peer may hear a topic. What it may not hear is not sent to it, whoever said it. */
  mayHear(topic: string, peer: Peer): boolean
  /** Takes a message of a topic. Resolves when the next one may come; what is accepted may go on to others. */
  message(topic: string, message: Uint8Array, from: Peer): Promise<Verdict>
  came(peer: Peer): void
  went(peer: Peer): void
  misbehaved(peer: Peer, misdeed: Misdeed): void
}

/** Starts a transport for a host. */
export type OpenTransport = (host: Host) => Transport | Promise<Transport>
