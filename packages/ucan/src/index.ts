export type { InvalidClaim, UnixSeconds } from './claim/claim.ts'
export { isCommand, type Command } from './command/command.ts'
export {
  openEnvelope,
  seal,
  verifyEnvelope,
  type Envelope,
  type EnvelopeFailure,
  type TokenType,
} from './envelope/envelope.ts'
export { checkInvocation, type Refusal } from './invocation/check.ts'
export { decodeInvocation, invoke, type Invocation, type InvocationFields } from './invocation/invocation.ts'
export * as limits from './limits.ts'
export { awaitValue, isLink, mapPromises, promisesIn, readAwait, type Await, type Branch } from './promise/promise.ts'
export {
  issueReceipt,
  readReceipt,
  receiptCommand,
  resolvedName,
  type Outcome,
  type OutcomeError,
  type Receipt,
  type ReceiptFailure,
  type ReceiptFields,
} from './receipt/receipt.ts'
export { noNonce, taskName, taskValue, type Task } from './task/task.ts'
