import { error, isMap, ok, type CID, type Failure, type Result } from '@ipvm/ipld'
import { decodeInvocation, invoke, isLink, limits, verifyEnvelope, type Invocation, type UnixSeconds } from '@ipvm/ucan'
import { sameDid, type Did, type Signer } from '@ipvm/varsig'
import { consentCommand } from './commands.ts'
import { areAddresses } from './invitation.ts'
import { peerDelegationsMax } from '../limits.ts'

/** That an agent wants to join, in its own words: nobody can be brought in by another. */
export interface Consent {
  readonly did: Did
  /** Where it can be reached; none where it only connects to others. */
  readonly addresses: readonly string[]
  /** What it calls itself. */
  readonly name?: string
  /** The delegations that it gives to the inviter. */
  readonly delegations: readonly CID[]
  readonly bytes: Uint8Array
}

/** To what an agent consents. */
export interface ConsentTo {
  /** The delegation of the invitation: another one needs another consent. */
  readonly invitation: CID
  readonly inviter: Did
}

/** The bytes are no consent to join by this invitation. */
export interface InvalidConsent extends Failure {
  readonly name: 'InvalidConsent'
}

/** Signs that one wants to join. */
export async function consent(
  fields: Omit<Consent, 'did' | 'bytes'> & ConsentTo & { readonly exp: UnixSeconds; readonly nonce: Uint8Array },
  signer: Signer,
): Promise<Consent> {
  const { addresses, name, delegations, invitation, inviter, exp, nonce } = fields
  const args = {
    invitation,
    addresses: [...addresses],
    delegations: [...delegations],
    ...(name !== undefined && { name }),
  }
  const { envelope } = await invoke({ sub: signer.did, aud: inviter, cmd: consentCommand, args, nonce, exp }, signer)
  const named = name === undefined ? {} : { name }
  return { did: signer.did, addresses, ...named, delegations, bytes: envelope.bytes }
}

/** Reads a consent and checks its signature. Failure: `InvalidConsent`. */
export async function readConsent(
  bytes: Uint8Array,
  { invitation, inviter, now }: ConsentTo & { readonly now: UnixSeconds },
): Promise<Result<Consent, InvalidConsent>> {
  const decoded = decodeInvocation(bytes)
  if ('error' in decoded) return invalid(decoded.error.message)
  const { iss, exp, envelope } = decoded.ok
  const problem = notOfItself(decoded.ok, inviter)
  if (problem !== undefined) return invalid(problem)
  if (exp === null || exp + limits.leewaySeconds < now) return invalid('it has expired')
  const fields = fieldsOf(decoded.ok)
  if (!fields) return invalid('its arguments are not those of a consent')
  if (!fields.invitation.equals(invitation)) return invalid('it is about another invitation')
  const signature = await verifyEnvelope(envelope)
  if ('error' in signature) return invalid(signature.error.message)
  const { addresses, name, delegations } = fields
  return ok({ did: iss, addresses, ...(name !== undefined && { name }), delegations, bytes })
}

function notOfItself({ cmd, iss, sub, aud, prf }: Invocation, inviter: Did): string | undefined {
  if (cmd !== consentCommand) return `it invokes ${cmd}, not ${consentCommand}`
  if (!sameDid(iss, sub)) return 'its issuer is not its subject'
  if (aud === undefined || !sameDid(aud, inviter)) return 'it is for another node'
  return prf.length > 0 ? 'it has proofs' : undefined
}

function fieldsOf({ args }: Invocation): (Omit<Consent, 'did' | 'bytes'> & Pick<ConsentTo, 'invitation'>) | undefined {
  const { invitation, addresses, name, delegations } = args
  if (invitation === undefined || !isLink(invitation) || !areAddresses(addresses)) return undefined
  if (name !== undefined && typeof name !== 'string') return undefined
  if (!Array.isArray(delegations) || delegations.length > peerDelegationsMax || isMap(delegations)) return undefined
  const links = delegations.filter(isLink)
  if (links.length < delegations.length) return undefined
  return { invitation, addresses, delegations: links, ...(name !== undefined && { name }) }
}

function invalid(problem: string): { readonly error: InvalidConsent } {
  return error({ name: 'InvalidConsent', message: `no consent to join: ${problem}` })
}
