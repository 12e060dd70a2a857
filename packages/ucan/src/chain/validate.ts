import { error, ok, type CID, type Result } from '@ipvm/ipld'
import { sameDid } from '@ipvm/varsig'
import type { Delegation } from '../delegation/delegation.ts'
import { namesOf } from '../envelope/twin.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { leewaySeconds } from '../limits.ts'
import type { Claimed } from '../replay/replay.ts'
import type { ChainContext, MaybeLater, Request, ValidationContext } from './context.ts'
import { checkLinks, checkPolicies, checkTimes } from './links.ts'
import { checkRevocations, checkSignature, checkSignatures, gatherProofs, type Gathered } from './proofs.ts'
import type { Fault, Refusal } from './refusal.ts'
import { checkTimeBounds } from './time.ts'
import { findProofs } from './search.ts'
import { describeChain } from './trace.ts'

/** An invocation that is to be obeyed, and the delegations that say so, root first. */
export interface Authorization {
  readonly invocation: Invocation
  readonly proofs: readonly Delegation[]
}

/**
 * Whether an invocation is to be obeyed: its own form, time and signature; its proofs' names, order, times and
 * signatures; no revocation; every policy on the arguments; and that it was not used before (UCAN Invocation § Proof
 * Chains). What is cheap is checked first, and nothing is fetched for an invocation whose own signature is wrong.
 *
 * `Unresolved` and `Replayed` come last: they say that all else is in order.
 *
 * @returns the chain, or a {@link Refusal}: `InvalidClaim`, `UnavailableProof`, `Expired`, `TooEarly`,
 *   `InvalidAudience`, `InvalidSubject`, `InvalidSignature`, `MatchError`, `Revoked`, `Replayed`, `Unresolved`.
 *   Rejects only when a resolver or a view of the caller does, or when `now` is no number.
 * @example
 * const allowed = await validate(invocation, { now, executor: bob.did, resolveProof: proofsOf(container) })
 * if ('error' in allowed) console.error(allowed.error.trace.join('\n'))
 */
export async function validate(
  invocation: Invocation,
  context: ValidationContext,
): Promise<Result<Authorization, Refusal>> {
  const { iss, sub, cmd, args } = invocation
  const request = { iss, sub, cmd, args: context.resolvedArgs ?? args }
  const gathered: Gathered = { proofs: [], unverified: [] }
  const { proofs } = gathered
  const steps: readonly Step[] = [
    () => checkInvocation(invocation, context),
    () => gatherProofs(invocation.prf, context, gathered),
    ...chainSteps(request, gathered, context, context.resolvedArgs === undefined),
    () => checkReplay(invocation, context),
  ]
  const fault = await firstFault(steps)
  return fault ? error(refusal(request, proofs, fault)) : ok({ invocation, proofs })
}

/**
 * Whether these delegations, root first, would let an agent do something, if it asked now. Nothing is used up. Without
 * `args`, policies are left open.
 *
 * @returns the delegations, or a {@link Refusal} as {@link validate} gives
 */
export async function wouldAllow(
  request: Request,
  proofs: readonly Delegation[],
  context: ChainContext,
): Promise<Result<readonly Delegation[], Refusal>> {
  const isVerified = proofs.map(proof => context.verified?.get(proof.envelope.cid) === proof)
  const unverified = [...proofs.keys()].filter(i => !isVerified[i])
  const fault = await firstFault(chainSteps(request, { proofs: [...proofs], unverified }, context, true))
  return fault ? error(refusal(request, proofs, fault)) : ok(proofs)
}

/** One check: nothing, or what is wrong; later only where something outside has to be waited for. */
type Step = () => MaybeLater<Fault | undefined>

async function firstFault(steps: readonly Step[]): Promise<Fault | undefined> {
  for (const step of steps) {
    const checking = step()
    // To wait for what is there already would cost as much as some of the checks.
    const fault = checking instanceof Promise ? await checking : checking
    if (fault) return fault
  }
  return undefined
}

function chainSteps(
  request: Request,
  gathered: Gathered,
  context: ChainContext,
  promisesAreOpen: boolean,
): readonly Step[] {
  const { proofs } = gathered
  return [
    () => checkLinks(request, proofs),
    () => checkTimes(proofs, context),
    () => checkSignatures(gathered, context),
    () => checkRevocations(proofs, context),
    () => request.args && checkPolicies(request.args, proofs, promisesAreOpen),
  ]
}

function checkInvocation(invocation: Invocation, context: ValidationContext): MaybeLater<Fault | undefined> {
  const { iss, sub, aud = sub, envelope } = invocation
  const { cid } = envelope
  if (!sameDid(aud, context.executor)) {
    const message = `the invocation is for ${aud}; this is ${context.executor}`
    return { name: 'InvalidAudience', message, field: invocation.aud === undefined ? 'sub' : 'aud', cid }
  }
  // An invocation has no `nbf`.
  const late = checkTimeBounds({ exp: invocation.exp }, context.now, context.leeway)
  if (late) return { ...late, message: `the invocation ${late.message}`, cid }
  const told = (fault: Fault | undefined) =>
    fault && { ...fault, message: `the invocation is not signed by its issuer: ${fault.message}`, cid }
  const checking = checkSignature(iss, envelope, context, context.aside)
  return checking instanceof Promise ? checking.then(told) : told(checking)
}

function checkReplay(
  { envelope, exp }: Invocation,
  { replay, now, leeway = leewaySeconds }: ValidationContext,
): MaybeLater<Fault | undefined> {
  if (!replay) return undefined
  const [name = envelope.cid] = namesOf(envelope)
  const claiming = replay.claim(name, exp === null ? null : exp + leeway, now)
  return claiming instanceof Promise ? claiming.then(claimed => replayed(claimed, name)) : replayed(claiming, name)
}

function replayed(claimed: Claimed, cid: CID): Fault | undefined {
  if (claimed === 'first') return undefined
  const problem =
    claimed === 'seen'
      ? 'was accepted before; ask for its receipt, or sign a new one with another nonce'
      : 'cannot be told from a replay now; try again later'
  return { name: 'Replayed', message: `the invocation ${problem}`, cid }
}

function refusal(request: Request, proofs: readonly Delegation[], fault: Fault): Refusal {
  return { ...fault, trace: describeChain(request, proofs, fault) }
}

/**
 * Whether any chain among these delegations would let an agent do something, whatever their order. One that is revoked
 * or forged does not stand in the way of another that is not.
 *
 * @returns the chain, or why the best one refuses, as {@link wouldAllow}
 */
export async function anyAllows(
  request: Request,
  delegations: readonly Delegation[],
  context: ChainContext,
): Promise<Result<readonly Delegation[], Refusal>> {
  let heap = delegations
  let first: Result<readonly Delegation[], Refusal> | undefined
  for (;;) {
    const proofs = findProofs(heap, request, context.now, context.leeway)
    const allowed = await wouldAllow(request, proofs, context)
    if ('ok' in allowed) return allowed
    first ??= allowed
    const { name, proof = -1 } = allowed.error
    const broken = proofs[proof]
    if (!broken || (name !== 'Revoked' && name !== 'InvalidSignature')) return first
    heap = heap.filter(delegation => delegation !== broken)
  }
}
