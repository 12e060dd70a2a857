export { defaultAdmission, type AdmissionLimits } from './admission/admission.ts'
export type { Rate } from './admission/bucket.ts'
export { doorProof } from './admission/door.ts'
export type { ServiceContext } from './context.ts'
export type { Asked, Handler, Reply } from './invocations/handler.ts'
export { receiptsTopic, revocationsTopic } from './receipts/announce.ts'
export * as limits from './limits.ts'
export { admit, type JoinParts, type NotInvited } from './join/admit.ts'
export { askOutcome, type NoReceipt } from './join/ask.ts'
export { bearerOf, type BearerParts } from './join/bearer.ts'
export { bookWallet, type WalletParts } from './join/book-wallet.ts'
export { consentCommand, delegationsCommand, joinCommand, sharedCommands } from './join/commands.ts'
export { longest } from './join/delegations.ts'
export { forget, type UnknownPeer } from './join/forget.ts'
export { invite, readLink, type Invitation, type InvitationFailure, type MalformedLink } from './join/invitation.ts'
export { join, type JoinNetwork, type JoinOptions, type NotJoined } from './join/join.ts'
export { KeepConnected, type KeepConnectedParts } from './join/keep-connected.ts'
export { MemoryPeerBook } from './join/memory-book.ts'
export {
  noPeers,
  peerOf,
  withPeer,
  type Changed,
  type Edited,
  type KnownPeer,
  type OpenInvitation,
  type PeerBook,
  type Peers,
} from './join/peer-book.ts'
export { freeName, isPeerName } from './join/peer-name.ts'
export { renew, tellDelegations } from './join/renew.ts'
export { Service, type ServiceParts } from './service.ts'
export type { Wallet } from './wallet.ts'
