export { joinParts, type JoinOwn } from './join-parts.ts'
export { addressesOf, PeerEgress } from './peer-egress.ts'
export { readStatus, type NetworkStatus } from './status-file.ts'
