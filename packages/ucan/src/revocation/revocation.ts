import { error, ok, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Did, Signer, SignatureFailure, VerifyOptions } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import type { Delegation } from '../delegation/delegation.ts'
import { verifyEnvelope, type EnvelopeFailure } from '../envelope/envelope.ts'
import { namesOf } from '../envelope/twin.ts'
import { decodeInvocation, invoke } from '../invocation/invocation.ts'
import { proofsMax } from '../limits.ts'
import { noNonce } from '../task/task.ts'

/** The command under which delegations are revoked. */
export const revokeCommand: Command = '/ucan/revoke'

/** A statement that a delegation no longer counts, its signature checked (UCAN Revocation). */
export interface Revocation {
  readonly cid: CID
  readonly bytes: Uint8Array
  /** Who revokes. It counts in every chain in which this agent issued a delegation. */
  readonly iss: Did
  readonly revoke: CID
  /** Delegations that lead from the revoker to the revoked one, as a witness. */
  readonly path?: readonly CID[]
}

/** The arguments are not those of `/ucan/revoke`. */
export interface MalformedArguments extends Failure {
  readonly name: 'MalformedArguments'
  readonly field: string
}

/** Why bytes were not accepted as a revocation. */
export type RevocationFailure = EnvelopeFailure | SignatureFailure | MalformedArguments

const shape = { revoke: claims.link, path: claims.optional(claims.links(proofsMax)) }

/** Signs the revocation of a delegation (UCAN Revocation § Format). An ECDSA-signed one is named by its low-S form. */
export async function revoke(delegation: Delegation, signer: Signer, path?: readonly CID[]): Promise<Revocation> {
  const [name = delegation.envelope.cid] = namesOf(delegation.envelope)
  return revokeName(name, signer, path)
}

/** Signs the revocation of the delegation that has this CID, where the delegation itself is not at hand. */
export async function revokeName(name: CID, signer: Signer, path?: readonly CID[]): Promise<Revocation> {
  const args = { revoke: name, ...(path && { path }) }
  const { envelope, iss } = await invoke(
    { sub: signer.did, cmd: revokeCommand, args, nonce: noNonce, exp: null },
    signer,
  )
  return { ...args, iss, cid: envelope.cid, bytes: envelope.bytes }
}

/**
 * Reads a revocation and checks its form and its signature. Its audience, times and nonce are ignored: who signed that
 * a delegation is to end has said so, for good (ADR 27). Failures: `MalformedCbor`, `InvalidClaim`,
 * `MalformedArguments`, and those of a signature.
 */
export async function readRevocation(
  bytes: Uint8Array,
  options: VerifyOptions = {},
): Promise<Result<Revocation, RevocationFailure>> {
  const invocation = decodeInvocation(bytes)
  if ('error' in invocation) return invocation
  const { cmd, args, iss, envelope } = invocation.ok
  if (cmd !== revokeCommand) {
    return error(claims.invalidClaim('cmd', `a revocation invokes ${revokeCommand}, not ${cmd}`))
  }
  const fields = claims.readClaims(args, shape, 'the revocation')
  if ('error' in fields) {
    const { message, field } = fields.error
    return error({ name: 'MalformedArguments', message, field })
  }
  const signature = await verifyEnvelope(envelope, options)
  if ('error' in signature) return signature
  return ok({ ...fields.ok, iss, cid: envelope.cid, bytes: envelope.bytes })
}
