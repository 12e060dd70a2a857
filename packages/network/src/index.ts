export type { Fetched, FetchFailure, FetchOptions } from './blocks/fetch.ts'
export type { BlockShelf } from './blocks/shelf.ts'
export { readContents, writeContents, type Contents, type MalformedContents } from './contents.ts'
export type {
  Answer,
  BlocksOptions,
  Body,
  BodyType,
  IncomingRequest,
  Pending,
  Refusal,
  RequestOptions,
  Waiting,
} from './exchange.ts'
export { networkFailure, type NetworkFailure, type NetworkProblem, type RefusalReason } from './failure.ts'
export { Ledger, type Misdeed, type SetAside } from './ledger.ts'
export * as limits from './limits.ts'
export type { Network, NetworkOptions } from './network.ts'
export { openNetwork } from './open-network.ts'
export type { Peer, PeerChange, PeerName } from './peer.ts'
export {
  assertPeer,
  peerCommand,
  readPeerRecord,
  type InvalidPeerRecord,
  type PeerRecord,
  type PeerRecordContext,
} from './peer-record.ts'
export { Seen } from './seen.ts'
export { isTopic, type Listener, type Message, type Subscription, type Verdict } from './topic/topics.ts'
export type { Host, OpenTransport, Transport } from './transport.ts'
export type { NetworkWorld } from './world.ts'
