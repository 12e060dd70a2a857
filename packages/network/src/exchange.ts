import type { CID, Failure } from '@ipvm/ipld'
import type { RefusalReason } from './failure.ts'
import type { Peer } from './peer.ts'

/** What bytes are: a container (wire.md § Container), a CAR whose root is one, or a message of `reconcile`. */
export type BodyType = 'container' | 'car' | 'reconcile'

/** Bytes that are sent as a request or an answer. */
export interface Body {
  readonly type: BodyType
  readonly bytes: Uint8Array
}

/** What was asked for and is not there yet, and where it will be found. */
export interface Pending {
  readonly kind: 'receipt' | 'workflow'
  readonly cid: CID
}

/** What comes back for a request. */
export interface Answer extends Body {
  /** "Accepted, not done yet": absent or empty where everything is settled. */
  readonly pending?: readonly Pending[]
}

/** A request that came in. Its bytes are a stranger's. */
export interface IncomingRequest extends Body {
  readonly from: Peer
  /** For how long the asker waits for what is not done yet, milliseconds; 0 for not at all. */
  readonly wait: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** Why a request that came in is not answered. Its name and its sentence are what the asker gets. */
export interface Refusal extends Failure {
  readonly name: 'Refused' | 'Busy' | 'TooLarge'
  /** After how many milliseconds the asker may try again. */
  readonly retryAfter?: number
  /** What to answer over HTTP, where 403 is not the right one. */
  readonly status?: 400 | 401 | 403 | 404 | 409 | 422
  readonly reason?: RefusalReason
}

/** For how long something is waited for, and who may call it off. */
export interface Waiting {
  /** Milliseconds. */
  readonly within?: number
  readonly signal?: AbortSignal
}

/** How blocks are asked for. */
export interface BlocksOptions extends Waiting {
  /** The node of a file that links to all of these and to nothing else: so a transport may ask for all below it at once. */
  readonly below?: CID
}

/** How a request is made. */
export interface RequestOptions extends Waiting {
  /** For how long the other side may wait for what is not done yet, before it answers "not yet"; milliseconds. */
  readonly wait?: number
  /** How many bytes of the answer are read at most. */
  readonly answerBytesMax?: number
}
