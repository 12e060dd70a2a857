export { VerifiedTokens } from './cache/verified.ts'
export { anyAllows, findProofs, validate, wouldAllow, describeChain, describeDelegation } from './chain/chain.ts'
export type {
  Authorization,
  ChainContext,
  Fault,
  Refusal,
  RefusalName,
  Request,
  ResolveProof,
  ValidationContext,
} from './chain/chain.ts'
export type { InvalidClaim, UnixSeconds } from './claim/claim.ts'
export { printTime } from './claim/print-time.ts'
export { covers, isCommand, type Command } from './command/command.ts'
export {
  containerFormats,
  proofsOf,
  readContainer,
  writeContainer,
  type Container,
  type ContainerFormat,
  type MalformedContainer,
} from './container/container.ts'
export {
  decodeDelegation,
  delegate,
  readDelegation,
  type Delegation,
  type DelegationFields,
} from './delegation/delegation.ts'
export {
  openEnvelope,
  seal,
  verifyEnvelope,
  type Envelope,
  type EnvelopeFailure,
  type SealOptions,
  type TokenType,
  type TokenVersion,
} from './envelope/envelope.ts'
export { namesOf } from './envelope/twin.ts'
export {
  decodeInvocation,
  invoke,
  readInvocation,
  type Invocation,
  type InvocationFields,
} from './invocation/invocation.ts'
export * as limits from './limits.ts'
export type { NameEquivocation, NameFailure, NameFields, NameRecord } from './name/name.ts'
export {
  evaluatePolicy,
  matchesGlob,
  parseGlob,
  evaluateSelector,
  openPromises,
  parsePolicy,
  parseSelector,
  policyValue,
  printSelector,
  printStatement,
  type Explanation,
  type Glob,
  type MalformedPolicy,
  type MalformedSelector,
  type Policy,
  type Selector,
  type Statement,
  type Verdict,
} from './policy/policy.ts'
export {
  awaitValue,
  isLink,
  isPromiseMap,
  eachPromise,
  mapPromises,
  promisesIn,
  readAwait,
  type Await,
  type Branch,
} from './promise/promise.ts'
export {
  issueReceipt,
  readReceipt,
  receiptCommand,
  resolvedName,
  type Effects,
  type Outcome,
  type OutcomeError,
  type Receipt,
  type ReceiptFailure,
  type ReceiptFields,
} from './receipt/receipt.ts'
export { ReplayMemory, type Claimed, type ReplayView } from './replay/replay.ts'
export {
  readRevocation,
  revoke,
  revokeCommand,
  revokeName,
  type Revocation,
  type RevocationFailure,
} from './revocation/revocation.ts'
export { RevocationSet, type RevocationSetFull } from './revocation/set.ts'
export type { RevocationView } from './revocation/view.ts'
export { noNonce, readTask, taskName, taskValue, type Task } from './task/task.ts'
