import { StreamError, type Failure } from '@ipvm/ipld'
import { nameLengthShown } from './limits.ts'
import type { PeerName } from './peer.ts'

/** What can go wrong between two nodes. */
export type NetworkProblem =
  /** Nobody of that name is known, and no transport takes it for an address. */
  | 'NoSuchPeer'
  /** It is known and does not answer; nothing reached it. */
  | 'Unreachable'
  | 'TimedOut'
  /** Nobody waits for it any more. */
  | 'Aborted'
  /** What was to be sent, or what came, is over its limit. */
  | 'TooLarge'
  /** The peer refused it. */
  | 'Refused'
  /** The peer has too much to do; `retryAfter` says when to ask again. */
  | 'Busy'
  /** The connection was lost on the way. */
  | 'Cut'
  /** What came is not what the protocol says. */
  | 'MalformedAnswer'
  /** The peer misbehaved and is not asked for a while. */
  | 'SetAside'
  /** The network was closed. */
  | 'Closed'

/** Why a peer refused, in its own words; where it is about authority, which proof and which statement was in the way. */
export interface RefusalReason extends Failure {
  /** Which proof, from 0 at the root; absent where it is the invocation itself. */
  readonly proof?: number
  /** The policy statement that does not hold, as text, and what it looks at. */
  readonly statement?: string
  readonly selector?: string
}

/** Why something between two nodes failed. */
export interface NetworkFailure extends Failure {
  readonly name: NetworkProblem
  readonly peer?: PeerName
  /** Whether anything of it may have reached the other side. */
  readonly sent: boolean
  /** After how many milliseconds it may be tried again, where somebody said so. */
  readonly retryAfter?: number
  /** The limit that was passed, bytes. */
  readonly limit?: number
  readonly reason?: RefusalReason
}

const sentences: Readonly<Record<NetworkProblem, string>> = {
  NoSuchPeer: 'is not known, and is no address that can be dialled; connect to it first',
  Unreachable: 'cannot be reached; see that it runs, and try again',
  TimedOut: 'did not answer in time; try again, or allow it more',
  Aborted: 'was not waited for any longer',
  TooLarge: 'was to send or take more bytes than the limit',
  Refused: 'refused the request',
  Busy: 'has too much to do; try again later',
  Cut: 'broke off in the middle; ask again, what came is kept',
  MalformedAnswer: 'answered what is not of the protocol',
  SetAside: 'misbehaved and is not asked for a while',
  Closed: 'is not asked: this network was closed',
}

/** A failure by its name, about a peer; `more` adds fields and may say it in better words. */
export function networkFailure(
  name: NetworkProblem,
  peer: PeerName | undefined,
  more: Partial<Omit<NetworkFailure, 'name' | 'peer'>> = {},
): NetworkFailure {
  const message = `${peer === undefined ? 'the peer' : printed(peer)} ${sentences[name]}`
  return { name, message, sent: false, ...(peer !== undefined && { peer }), ...more }
}

/** A failure as what a stream throws where it breaks off (ADR 24). */
export function streamError(failure: NetworkFailure): StreamError<NetworkFailure> {
  return new StreamError(failure)
}

/** The failure in what a stream has thrown; what is not one of ours is our bug, and thrown again. */
export function networkFailureOf(thrown: unknown): NetworkFailure {
  if (thrown instanceof StreamError && isNetworkFailure(thrown.failure)) return thrown.failure
  throw thrown
}

function isNetworkFailure(failure: Failure): failure is NetworkFailure {
  return failure.name in sentences && 'sent' in failure
}

/** A name from outside, short and without control characters. */
export function printed(text: string, lengthMax = nameLengthShown): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, lengthMax)
}
