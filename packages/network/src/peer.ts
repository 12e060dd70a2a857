import type { Did } from '@ipvm/varsig'

/** What a peer is called: the DID that it has proven, or else the address at which it was met. */
export type PeerName = string

/** Another node, as far as it is known here. */
export interface Peer {
  readonly name: PeerName
  /** Who it is, where it has proven that (see `peer-record.ts`). */
  readonly did?: Did
  /** Where it can be reached; none where it can only ask. */
  readonly addresses: readonly string[]
}

/** A peer came, or went. One that has merely changed its addresses comes once more. */
export interface PeerChange {
  readonly peer: Peer
  readonly change: 'came' | 'went'
}
