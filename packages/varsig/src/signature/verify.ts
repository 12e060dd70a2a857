import * as platform from '#platform'
import { error, ok, type Failure, type Result, type Unit } from '@ipvm/ipld'
import { isDid, malformedDid, withoutFragment, type MalformedDid, type PublicKey } from '../did/did.ts'
import { parseDidKey } from '../did/key.ts'
import { unresolvedDid, type DidResolver, type UnresolvedDid } from '../did/resolver.ts'
import { parseHeader, type Algorithm, type UnsupportedSignature } from '../header/header.ts'
import { readyKeysMax } from '../limits.ts'

/** The signature is not that of the issuer over these bytes. */
export interface InvalidSignature extends Failure {
  readonly name: 'InvalidSignature'
}

/** Why a signature was not accepted. */
export type SignatureFailure = InvalidSignature | MalformedDid | UnresolvedDid | UnsupportedSignature

/** What checking a signature may need beside the signature. */
export interface VerifyOptions {
  /** Finds the keys of issuers that are not a `did:key`; without it they are `UnresolvedDid`. */
  readonly resolve?: DidResolver
  /**
   * Has another thread look, where the platform has one for that: this one goes on meanwhile. It takes a fifth longer for
   * who is alone, and lets who answers many use all processors.
   */
  readonly aside?: boolean
}

/** At once where the platform can (Node, with a `did:key`), later where it cannot. `await` takes both. */
export type Verdict = Result<Unit, SignatureFailure> | Promise<Result<Unit, SignatureFailure>>

/** What is checked. */
interface Claim {
  readonly issuer: string
  readonly algorithm: Algorithm
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** One half of the platform answers at once, the other later. */
const verify: (
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  aside?: boolean,
) => boolean | Promise<boolean> = platform.verify

/** The most recently used issuers' keys, oldest first: reading a `did:key` costs a tenth of a verification. */
const readyKeys = new Map<string, PublicKey>()

/**
 * Checks a signature against the issuer's key. The header's algorithm has to be the key's own, so that a signer cannot
 * choose how its key is read (Varsig 1.0 § Security). High and low s are accepted alike: see {@link lowS}.
 *
 * @returns the {@link Verdict}: a `Result` at once on Node for a `did:key`, a promise of it elsewhere. Never rejects
 *   unless `resolve` does. Failures: `InvalidSignature`, `MalformedDid`, `UnresolvedDid`, `UnsupportedSignature`.
 * @example
 * const verdict = await verifySignature(alice.did, encodeHeader('Ed25519'), message, signature)
 */
export function verifySignature(
  issuer: string,
  header: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  options: VerifyOptions = {},
): Verdict {
  const algorithm = parseHeader(header)
  if ('error' in algorithm) return algorithm
  const claim = { issuer, algorithm: algorithm.ok, message, signature }
  if (!issuer.startsWith('did:key:')) return verifyResolved(claim, options.resolve)
  const key = keyOf(issuer)
  if ('error' in key) return key
  if (key.ok.algorithm !== claim.algorithm) return error(wrongAlgorithm(claim, [key.ok]))
  const verdict = verify(key.ok, message, signature, options.aside)
  return typeof verdict === 'boolean' ? conclude(verdict, claim) : verdict.then(valid => conclude(valid, claim))
}

async function verifyResolved(claim: Claim, resolve?: DidResolver): Promise<Result<Unit, SignatureFailure>> {
  const { issuer, message, signature } = claim
  if (!isDid(issuer)) return error(malformedDid(issuer, 'is not a DID'))
  if (!resolve) return error(unresolvedDid(issuer, 'no resolver for its method was given'))
  const keys = await resolve(issuer)
  if ('error' in keys) return keys
  const fitting = keys.ok.filter(key => key.algorithm === claim.algorithm)
  if (fitting.length === 0) return error(wrongAlgorithm(claim, keys.ok))
  for (const key of fitting) if (await verify(key, message, signature)) return ok({})
  return conclude(false, claim)
}

function keyOf(issuer: string): Result<PublicKey, MalformedDid> {
  const did = withoutFragment(issuer)
  const ready = readyKeys.get(did)
  const key = ready ? ok(ready) : parseDidKey(did)
  if ('error' in key) return key
  readyKeys.delete(did)
  readyKeys.set(did, key.ok)
  if (readyKeys.size > readyKeysMax) dropOldestKey()
  return key
}

function dropOldestKey(): void {
  const [oldest] = readyKeys.keys()
  if (oldest !== undefined) readyKeys.delete(oldest)
}

function conclude(valid: boolean, { issuer }: Claim): Result<Unit, InvalidSignature> {
  if (valid) return ok({})
  return error({ name: 'InvalidSignature', message: `the signature is not ${issuer}'s over these bytes` })
}

function wrongAlgorithm({ issuer, algorithm }: Claim, keys: readonly PublicKey[]): InvalidSignature {
  const own = [...new Set(keys.map(key => key.algorithm))].join(' or ')
  return { name: 'InvalidSignature', message: `the signature is ${algorithm}, the key of ${issuer} is ${own}` }
}
