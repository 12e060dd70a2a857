import { error, ok, type CID, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Did, Signer } from '@ipvm/varsig'
import * as claims from '../claim/claim.ts'
import type { UnixSeconds } from '../claim/claim.ts'
import type { Command } from '../command/command.ts'
import { openEnvelope, seal, type Envelope, type EnvelopeFailure, type SealOptions } from '../envelope/envelope.ts'
import { parsePolicy, policyValue, type Policy } from '../policy/statement.ts'

/** Authority that one agent gives to another (UCAN Delegation 1.0). */
export interface Delegation {
  readonly envelope: Envelope
  readonly iss: Did
  readonly aud: Did
  /** Whose resources it is about; null for whatever the issuer holds or will hold (§ Powerline). */
  readonly sub: Did | null
  readonly cmd: Command
  readonly pol: Policy
  readonly nonce: Uint8Array
  readonly exp: UnixSeconds | null
  readonly nbf?: UnixSeconds
  readonly meta?: ValueMap
}

/** What a delegation says, before it is signed; `iss` is the signer. */
export interface DelegationFields {
  readonly aud: Did
  readonly sub: Did | null
  readonly cmd: Command
  /** Statements in their IPLD form, such as `[['==', '.to', 'bob']]`; none by default. */
  readonly pol?: readonly Value[]
  /** At least twelve random bytes. */
  readonly nonce: Uint8Array
  readonly exp: UnixSeconds | null
  readonly nbf?: UnixSeconds
  readonly meta?: ValueMap
}

const shape = {
  iss: claims.did,
  aud: claims.did,
  sub: claims.didOrNull,
  cmd: claims.command,
  pol: claims.list,
  nonce: claims.bytes,
  exp: claims.integerOrNull,
  nbf: claims.optional(claims.integer),
  meta: claims.optional(claims.map),
}

/**
 * Signs a delegation (UCAN Delegation § Payload). Selectors of the policy are written in the form that every
 * implementation reads.
 *
 * @throws TypeError on fields that no reader would accept; check a policy from outside with `parsePolicy` first
 * @example
 * const proof = await delegate({ aud: bob.did, sub: alice.did, cmd: '/wasm', pol: [], nonce, exp: null }, alice)
 */
export async function delegate(
  fields: DelegationFields,
  signer: Signer,
  options: SealOptions = {},
): Promise<Delegation> {
  const payload = { ...fields, pol: fields.pol ?? [], iss: signer.did }
  const read = readPayload(payload)
  if ('error' in read) throw new TypeError(read.error.message)
  const { pol } = read.ok
  const envelope = await seal('dlg', { ...payload, pol: policyValue(pol) }, signer, options)
  return { ...read.ok, envelope }
}

/**
 * Reads a delegation from its bytes, its policy included; signature and time bounds are not checked here.
 * Failures: `MalformedCbor`, `InvalidClaim`.
 *
 * @param cid the name of the bytes, where the caller has just computed it
 */
export function decodeDelegation(bytes: Uint8Array, cid?: CID): Result<Delegation, EnvelopeFailure> {
  const envelope = openEnvelope(bytes, cid)
  return 'error' in envelope ? envelope : readDelegation(envelope.ok)
}

/** The delegation in an envelope that was opened already. */
export function readDelegation(envelope: Envelope): Result<Delegation, claims.InvalidClaim> {
  if (envelope.type !== 'dlg') {
    return error(claims.invalidClaim('envelope', 'the token is an invocation, not a delegation'))
  }
  const payload = readPayload(envelope.payload)
  return 'error' in payload ? payload : ok({ ...payload.ok, envelope })
}

function readPayload(payload: ValueMap): Result<Omit<Delegation, 'envelope'>, claims.InvalidClaim> {
  const fields = claims.readClaims(payload, shape, 'the delegation')
  if ('error' in fields) return fields
  const pol = parsePolicy(fields.ok.pol)
  if ('error' in pol) return error(claims.invalidClaim('pol', `the delegation's policy: ${pol.error.message}`))
  return ok({ ...fields.ok, pol: pol.ok })
}
