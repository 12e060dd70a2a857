import type { Block, CID, Result, Unit } from '@ipvm/ipld'
import type { Fetched, FetchFailure, FetchOptions } from './blocks/fetch.ts'
import type { BlockShelf } from './blocks/shelf.ts'
import type { Answer, BlocksOptions, Body, IncomingRequest, Refusal, RequestOptions, Waiting } from './exchange.ts'
import type { NetworkFailure } from './failure.ts'
import type { Misdeed, SetAside } from './ledger.ts'
import type { Peer, PeerChange, PeerName } from './peer.ts'
import type { Listener, Subscription } from './topic/topics.ts'
import type { OpenTransport } from './transport.ts'
import type { NetworkWorld } from './world.ts'

/**
 * The other nodes, over whatever leads to them (design §6). A peer is named by its DID where it has proven that, else
 * by the address at which it was met, and each name takes the DID or an address of it, too.
 *
 * What others send is a stranger's: it never makes anything throw, and never takes more than the limits say. Blocks are
 * verified here; containers and messages of topics are not, and whoever reads them says who lied (`misbehaved`).
 */
export interface Network {
  /** Where others reach this node. */
  readonly addresses: readonly string[]
  /**
   * Asks a peer. Failures: `NoSuchPeer`, `Unreachable`, `TimedOut`, `Aborted`, `TooLarge`, `Refused`, `Busy`, `Cut`,
   * `MalformedAnswer`, `SetAside`, `Closed`; `sent` says whether the request may have arrived all the same.
   */
  request(peer: PeerName, body: Body, options?: RequestOptions): Promise<Result<Answer, NetworkFailure>>
  /**
   * What a peer has of these blocks, each verified, in any order, each once. Those that it lacks do not come.
   *
   * @throws StreamError with a {@link NetworkFailure} where it breaks off (ADR 24); what came before is good
   */
  blocks(peer: PeerName, cids: readonly CID[], options?: BlocksOptions): AsyncIterable<Block>
  /**
   * Brings what a shelf lacks of everything that a root links to; what the peers lack is asked of those who say that they
   * provide it. See `blocks/fetch.ts`.
   */
  fetch(root: CID, shelf: BlockShelf, options?: FetchOptions): Promise<Result<Fetched, FetchFailure>>
  /**
   * Tells others for a while that what is under a name (a block, or the receipts of a task) is to be had here. Failures:
   * `Unreachable`, also where no transport can; `TimedOut`, `Aborted`, `Closed`.
   */
  provide(cid: CID, options?: Waiting): Promise<Result<Unit, NetworkFailure>>
  /** Addresses of those who say that they have something: to be connected to, and believed when it came. */
  findProviders(cid: CID, options?: Waiting): Promise<readonly string[]>
  /** Tells a topic's subscribers, at best: who is away misses it, and reconciles later. */
  publish(topic: string, message: Uint8Array): Promise<Result<Unit, NetworkFailure>>
  /** Takes part in a topic. Each message is given once, in no certain order, and never one's own. */
  subscribe(topic: string, listener: Listener): Subscription
  /** Makes sure that there is a peer at an address. */
  connect(address: string, options?: Waiting): Promise<Result<Peer, NetworkFailure>>
  /** Lets go of a peer, and goes to it no more until it is connected to again; it may come where it is admitted. */
  disconnect(peer: PeerName): void
  /** Who is there now. */
  peers(): readonly Peer[]
  /** Tells of peers that come and go, from now on; the function that it gives ends that. */
  watch(listener: (change: PeerChange) => void): () => void
  /** Says that a peer did what no honest one does, as whoever reads its containers finds out. */
  misbehaved(peer: PeerName, misdeed: Misdeed): void
  /** Who is set aside, why, and for how long. */
  setAside(): readonly (readonly [PeerName, SetAside])[]
  /** A person said that a peer is to be dealt with again. */
  forgive(peer: PeerName): void
  /** Ends what is under way, and every transport. */
  close(): Promise<void>
}

/** Of what a network is made. */
export interface NetworkOptions {
  readonly world: NetworkWorld
  /** Ways to others, the best one first. */
  readonly transports: readonly OpenTransport[]
  /** Answers requests. Its promise may take as long as `handlerWithin`; what it throws is our bug, and told as `Busy`. */
  readonly answer?: (request: IncomingRequest) => Promise<Result<Answer, Refusal>>
  /** A block that this peer may have; undefined where there is none for it. */
  readonly block?: (cid: CID, peer: Peer) => Promise<Uint8Array | undefined>
  /**
   * Whether this node deals with a peer whom the transport has told apart. Everyone, where it is left out: each request
   * is authorised by what is in it all the same.
   */
  readonly admits?: (peer: Peer) => boolean
  /**
   * Whether a peer that is not admitted may ask all the same, by the container of delegations that it brings. Nobody, where it
   * is left out.
   */
  readonly admitsBy?: (peer: Peer, proof: Uint8Array) => Promise<boolean>
  /** Whether a peer may hear a topic; everyone, where it is left out. Asked for each message: an answer may change. */
  readonly mayHear?: (topic: string, peer: Peer) => boolean
  /** The largest body of a request that is taken, bytes; as many as there may be (`limits.bodyBytesMax`), where it is left out. */
  readonly bodyBytesMax?: number
  /** Hears of what our own listeners and handlers have thrown, and why peers are set aside. */
  readonly log?: (line: string, cause?: unknown) => void
}
