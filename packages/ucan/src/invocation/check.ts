import { error, type Failure, type Result, type Unit } from '@ipvm/ipld'
import type { Did, SignatureFailure } from '@ipvm/varsig'
import { invalidClaim, type InvalidClaim, type UnixSeconds } from '../claim/claim.ts'
import { verifyEnvelope } from '../envelope/envelope.ts'
import { leewaySeconds } from '../limits.ts'
import type { Invocation } from './invocation.ts'

/** The invocation is over. */
export interface Expired extends Failure {
  readonly name: 'Expired'
}

/** The invocation is meant for another agent. */
export interface InvalidAudience extends Failure {
  readonly name: 'InvalidAudience'
}

/** Why an invocation is not obeyed. */
export type Refusal = Expired | InvalidAudience | InvalidClaim | SignatureFailure

/**
 * Whether `executor` may do what an invocation asks, at `now`. Only a subject's own invocations are accepted: proof
 * chains are refused, not ignored.
 */
export function checkInvocation(invocation: Invocation, executor: Did, now: UnixSeconds): Result<Unit, Refusal> {
  const { iss, sub, aud = sub, exp, prf, envelope } = invocation
  if (aud !== executor) {
    return error({ name: 'InvalidAudience', message: `the invocation is for ${aud}; this node is ${executor}` })
  }
  if (exp !== null && now - leewaySeconds > exp) {
    return error({ name: 'Expired', message: `the invocation expired ${now - exp} seconds ago; sign a new one` })
  }
  if (prf.length > 0) return error(invalidClaim('prf', 'delegated authority is not accepted by this version'))
  if (iss !== sub) return error(invalidClaim('iss', `${iss} shows no proof that it may act for ${sub}`))
  return verifyEnvelope(envelope)
}
