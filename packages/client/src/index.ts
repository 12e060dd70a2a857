export { Client, type AskOptions, type CallOptions, type RunOptions } from './client.ts'
export type { ProofSource } from './ask/proofs.ts'
export { connect, type ConnectOptions } from './connect.ts'
export type {
  AskFailure,
  ConnectFailure,
  Expired,
  ForeignNode,
  ForeignReceipt,
  MalformedProofs,
  NoReceipt,
  OutboxFull,
  UnknownNode,
} from './failure.ts'
export * as limits from './limits.ts'
export { Failed, orThrow } from './or-throw.ts'
export type { FileNews, OnSettled, OutboxNews, RequestNews } from './outbox/outbox.ts'
export { indexedDbOutbox, type OutboxPlatform } from './outbox/indexeddb.ts'
export { memoryOutbox, type OutboxStore } from './outbox/store.ts'
export { writeRequest, type WriteOptions, type WrittenRequest } from './ask/write.ts'
export { readProofs } from './ask/proofs.ts'
export type { RunnableWorkflow } from './run/compiled.ts'
export type { RunNews } from './run/news.ts'
export type { RunEnd, RunResult } from './run/result.ts'
export type { WatchOptions } from './run/watch.ts'
export type { ClientWorld } from './world.ts'
export type { Signer } from '@ipvm/varsig'
