export { joinParts, type JoinOwn } from './join-parts.ts'
export { readStatus, type NetworkStatus } from './status-file.ts'
