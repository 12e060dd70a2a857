import { error, ok, type Result } from '@ipvm/ipld'
import { networkFailure, type Answer, type Body, type NetworkFailure, type NetworkProblem } from '@ipvm/network'
import { limits as ucanLimits } from '@ipvm/ucan'
import { expired, noReceipt, type AskFailure } from '../failure.ts'
import { askWait, attemptsMax, attemptsTakenOnMax, busyWaitMax, retryWaits } from '../limits.ts'
import type { Link } from '../node/link.ts'
import { backoff, pause } from '../world.ts'
import type { Invocation } from '@ipvm/ucan/invocation'
import type { Receipt } from '@ipvm/ucan/receipt'
import { sameDid, type Did } from '@ipvm/varsig'
import { accept, foreignReceipt, lastWord, type Accepted } from './accept.ts'
import { answers, type Request } from './request.ts'

/** How long a request is pursued. */
export interface Patience {
  readonly signal: AbortSignal
  /** Whether it is sent until it has expired, however long the node is away. */
  readonly isOutbox?: boolean
  /** Whether somebody wants to hear of it as soon as the node has taken it on. */
  readonly isWatched?: boolean
  /** Hears of each answer that is not the last word. */
  readonly onPending?: (invocation: Invocation) => void
}

/** An answer, with the receipt of what was asked for. */
export interface Settled extends Accepted {
  readonly receipt: Receipt
}

/** What may pass by itself: the same bytes again do no harm, whatever became of them. */
const passing: readonly NetworkProblem[] = ['Unreachable', 'TimedOut', 'Busy', 'Cut']

/**
 * Sends a request until there is a receipt of it: again where the connection is lost, and again while the node says "not
 * yet". The node never runs the same bytes twice, so they are sent whenever there is a doubt.
 */
export async function settle(
  link: Link,
  request: Request,
  trusted: readonly Did[],
  patience: Patience,
): Promise<Result<Settled, AskFailure>> {
  let sent = false
  // What went along once is there, as long as the node answers that it has taken the request on.
  let body = request.whole
  for (;;) {
    const wait = patience.isWatched === true && !sent ? 0 : askWait
    const answer = await deliver(link, { body, wait, wasSent: sent }, request, patience)
    if ('error' in answer) return answer
    sent = true
    const accepted = await accept(link.address, answer.ok, trusted)
    if ('error' in accepted) return accepted
    for (const block of accepted.ok.blocks) link.shelf.add(block)
    const settled = settledBy(request, accepted.ok, trusted)
    if ('ok' in settled) return settled
    if (!answer.ok.pending?.length) return settled
    patience.onPending?.(request.invocation)
    body = request.body
    if (patience.signal.aborted) return error(networkFailure('Aborted', link.address, { sent }))
  }
}

/** The receipt that answers a request, among those that came. */
function settledBy({ invocation }: Request, accepted: Accepted, trusted: readonly Did[]): Result<Settled, AskFailure> {
  const all = [...accepted.receipts, ...accepted.foreign].filter(one => answers(invocation, one))
  const counting = all.filter(one => counts(invocation, one, trusted))
  const receipt = lastWord(counting)
  if (receipt) return ok({ ...accepted, receipt })
  const foreign = all.filter(one => !counting.includes(one))
  return error(foreign.length > 0 ? foreignReceipt(foreign, trusted) : noReceipt(invocation.task))
}

/**
 * Whether a receipt's word counts for an invocation: that of the node, whose resource it is about; of a pure function, which is
 * the same wherever it is done, also that of others who are trusted (ADR 131).
 */
function counts({ sub, nonce }: Invocation, { iss, profile }: Receipt, trusted: readonly Did[]): boolean {
  if (sameDid(iss, sub)) return true
  return nonce.length === 0 && profile !== undefined && trusted.some(did => sameDid(did, iss))
}

/** One answer to a request, however often it has to be sent for it. */
function deliver(
  link: Link,
  { body, wait, wasSent }: { readonly body: Body; readonly wait: number; readonly wasSent: boolean },
  { invocation: { exp } }: Request,
  patience: Patience,
): Promise<Result<Answer, AskFailure>> {
  const until = exp === null ? Number.POSITIVE_INFINITY : exp + ucanLimits.leewaySeconds
  return persist(link, () => link.post(body, wait, patience.signal), { ...patience, until, wasSent })
}

/** How often and how long something is tried. */
export interface Persistence extends Pick<Patience, 'signal' | 'isOutbox'> {
  /** When its time is over, seconds since 1970. */
  readonly until: number
  /** Whether the node has taken it on, and it does not expire any more. */
  readonly wasSent?: boolean
}

/** Tries something that does no harm when it is done twice, until it is done, or fails for good. */
export async function persist<T>(
  link: Link,
  once: () => Promise<Result<T, NetworkFailure>>,
  { signal, isOutbox = false, until, wasSent = false }: Persistence,
): Promise<Result<T, AskFailure>> {
  let sent = wasSent
  for (let attempt = 1; ; attempt++) {
    if (!wasSent && link.world.now() > until) return error(expired(sent))
    const done = await once()
    if ('ok' in done) return done
    sent ||= done.error.sent
    const isLast = !isOutbox && attempt >= (wasSent ? attemptsTakenOnMax : attemptsMax)
    const mayPass = passing.includes(done.error.name) || (isOutbox && isNoWordOfTheNode(done.error))
    if (isLast || signal.aborted || !mayPass) return error({ ...done.error, sent })
    await pause(link.world, waitAfter(link, done.error, attempt), signal)
  }
}

/** What stands between us and the node (a hotel's page to log in, a proxy) answers, too; what waits in an outbox outlasts it. */
function isNoWordOfTheNode({ name, reason }: NetworkFailure): boolean {
  return name === 'MalformedAnswer' || (name === 'Refused' && reason === undefined)
}

function waitAfter({ world }: Link, { retryAfter = 0 }: NetworkFailure, attempt: number): number {
  return Math.max(Math.min(retryAfter, busyWaitMax), backoff(world, attempt, retryWaits))
}
