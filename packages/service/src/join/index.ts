export * as limits from '../limits.ts'
export { bookWallet, type WalletParts } from './book-wallet.ts'
export { sharedCommands } from './commands.ts'
export { longest } from './delegations.ts'
export { forget, type UnknownPeer } from './forget.ts'
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
} from './peer-book.ts'
export { freeName, isPeerName } from './peer-name.ts'
