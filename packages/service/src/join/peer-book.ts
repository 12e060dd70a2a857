import type { CID, Failure, Result } from '@ipvm/ipld'
import type { Command, Delegation, UnixSeconds } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'

/** Another node, or a person, that this node's owner deals with. */
export interface KnownPeer {
  readonly did: Did
  /** What it is called here; no two peers are called the same. */
  readonly name?: string
  /** Where it can be reached; none where it only connects to others. */
  readonly addresses: readonly string[]
  /** Whether its receipts count as this node's own. */
  readonly trusted: boolean
  /** When it came to the list. */
  readonly since: UnixSeconds
  /** By which it lets this node do something, with those before them in their chains. */
  readonly delegations: readonly Delegation[]
  /** By which this node lets it do something. */
  readonly given: readonly Delegation[]
  /** When the owner last said that it is to be dealt with again. */
  readonly forgiven?: UnixSeconds
}

/** An invitation that somebody may come by, or came. */
export interface OpenInvitation {
  /** The delegation in its link. */
  readonly cid: CID
  /** What whoever comes is to be called here. */
  readonly name?: string
  readonly exp: UnixSeconds
  /** What this node will let them do. */
  readonly commands: readonly Command[]
  /** Who came. */
  readonly usedBy?: Did
}

/** What a node knows of others by its owner's will. */
export interface Peers {
  /** Where this node is reached beside where it listens, such as an address of a router. */
  readonly addresses: readonly string[]
  readonly peers: readonly KnownPeer[]
  readonly invitations: readonly OpenInvitation[]
}

/** Of whom nothing is known. */
export const noPeers: Peers = { addresses: [], peers: [], invitations: [] }

/** What comes of a change: what is known then, and what the changer wanted to know. */
export interface Edited<T> {
  readonly peers: Peers
  readonly value: T
}

/** A change, or why there is none. */
export type Changed<T> = Result<Edited<T>, Failure> | Promise<Result<Edited<T>, Failure>>

/** Where a node keeps its peers; several processes may change them. */
export interface PeerBook {
  read(): Promise<Result<Peers, Failure>>
  /** Changes what is known, with nobody else in between; all of it is written, or nothing. */
  edit<T>(change: (peers: Peers) => Changed<T>): Promise<Result<T, Failure>>
  /** Tells when it may have changed, whoever did it; the function that it gives ends that. */
  watch(listener: () => void): () => void
}

/** Where an agent may be reached, as far as a list of peers says. */
export function addressesIn(book: Pick<PeerBook, 'read'>): (agent: Did) => Promise<readonly string[]> {
  return async agent => {
    const peers = await book.read()
    return 'ok' in peers ? (peerOf(peers.ok, agent)?.addresses ?? []) : []
  }
}

/** Whether an agent is on a list of peers. */
export function knownIn(book: Pick<PeerBook, 'read'>): (agent: Did) => Promise<boolean> {
  return async agent => {
    const peers = await book.read()
    return 'ok' in peers && peerOf(peers.ok, agent) !== undefined
  }
}

/** The peer of this DID. */
export function peerOf({ peers }: Peers, did: Did): KnownPeer | undefined {
  return peers.find(peer => sameDid(peer.did, did))
}

/** The same with this peer in place of what was known of it. */
export function withPeer(peers: Peers, peer: KnownPeer): Peers {
  const isKnown = peerOf(peers, peer.did) !== undefined
  const all = isKnown ? peers.peers.map(one => (sameDid(one.did, peer.did) ? peer : one)) : [...peers.peers, peer]
  return { ...peers, peers: all }
}
