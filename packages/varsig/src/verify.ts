import { verify as verifyEd25519 } from '#ed25519'
import { error, ok, type Failure, type Result, type Unit } from '@ipvm/ipld'
import { parseDidKey, type MalformedDid } from './did/did.ts'
import { parseHeader, type UnsupportedSignature } from './header/header.ts'

/** The signature is not that of the issuer over these bytes. */
export interface InvalidSignature extends Failure {
  readonly name: 'InvalidSignature'
}

/** Why a signature was not accepted. */
export type SignatureFailure = InvalidSignature | MalformedDid | UnsupportedSignature

/**
 * Checks a signature against the key in the issuer's DID. The header's algorithm has to be the key's own, so that a
 * signer cannot choose how its key is read (Varsig 1.0 § Security).
 */
export function verifySignature(
  issuer: string,
  header: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Result<Unit, SignatureFailure> {
  const key = parseDidKey(issuer)
  if ('error' in key) return key
  const algorithm = parseHeader(header)
  if ('error' in algorithm) return algorithm
  if (algorithm.ok === key.ok.algorithm && verifyEd25519(key.ok.bytes, message, signature)) return ok({})
  return error({ name: 'InvalidSignature', message: `the signature is not ${issuer}'s over these bytes` })
}
