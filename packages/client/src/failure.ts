import type { CID, Failure } from '@ipvm/ipld'
import type { NetworkFailure } from '@ipvm/network'
import type { Did } from '@ipvm/varsig'

/** The request was not answered before it expired. */
export interface Expired extends Failure {
  readonly name: 'Expired'
  /** Whether it may have reached the node, and so may have been done. */
  readonly sent: boolean
}

/** Another agent than the one that was connected to. */
export interface ForeignNode extends Failure {
  readonly name: 'ForeignNode'
  readonly did: Did
}

/** Nothing at the address says whose node it is. */
export interface UnknownNode extends Failure {
  readonly name: 'UnknownNode'
}

/** There are receipts of the task, and none is of an agent that counts here. */
export interface ForeignReceipt extends Failure {
  readonly name: 'ForeignReceipt'
  readonly issuers: readonly Did[]
}

/** The node answered, and not with a receipt of the task. */
export interface NoReceipt extends Failure {
  readonly name: 'NoReceipt'
  readonly task: CID
}

/** What was given to prove what one may do is no container of delegations. */
export interface MalformedProofs extends Failure {
  readonly name: 'MalformedProofs'
}

/** The outbox holds as many requests as it may. */
export interface OutboxFull extends Failure {
  readonly name: 'OutboxFull'
}

/** Why a request has no receipt. */
export type AskFailure = NetworkFailure | Expired | ForeignReceipt | NoReceipt | OutboxFull

/** Why there is no connection. */
export type ConnectFailure = NetworkFailure | ForeignNode | UnknownNode | MalformedProofs

/** The request's time is over. */
export function expired(sent: boolean): Expired {
  const may = sent ? 'it may have been done all the same: ask for its receipt' : 'it was not done; ask anew'
  return { name: 'Expired', message: `the request expired before the node answered; ${may}`, sent }
}

/** An answer without a receipt of what was asked for. */
export function noReceipt(task: CID): NoReceipt {
  return { name: 'NoReceipt', message: `the node answered without a receipt of ${task}; ask it again`, task }
}
