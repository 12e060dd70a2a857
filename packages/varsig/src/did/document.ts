import { error, ok, type Result } from '@ipvm/ipld'
import { base64url } from 'multiformats/bases/base64'
import { base58btc } from 'multiformats/bases/base58'
import type { Algorithm } from '../header/header.ts'
import { didDocumentLengthMax, didDocumentMethodsMax } from '../limits.ts'
import { withoutFragment, type Did, type PublicKey } from './did.ts'
import { parseMultikey } from './key.ts'
import { unresolvedDid, type UnresolvedDid } from './resolver.ts'

/** A key of a DID document, under the DID URL that names it. */
export interface VerificationMethod {
  readonly id: string
  readonly key: PublicKey
}

type Json = Readonly<Record<string, unknown>>

/** The relationships under which a key speaks for the subject (W3C DID 1.0 § Verification Relationships). */
const signing = ['capabilityInvocation', 'capabilityDelegation', 'assertionMethod', 'authentication']
const relationships = [...signing, 'keyAgreement']

/**
 * The keys with which a DID document's subject signs: Multikey, JsonWebKey2020 (and JsonWebKey) and
 * Ed25519VerificationKey2020 of the three curves. Methods of other types are passed over. Where the document says what
 * its keys are for, only those for invoking, delegating, asserting or authenticating count (ADR 22).
 *
 * @param did whose document it is; another subject is refused
 * @param text the document's JSON, of any size: over 64 Ki characters it is refused. Failure: `UnresolvedDid`.
 */
export function readDidDocument(did: Did, text: string): Result<readonly VerificationMethod[], UnresolvedDid> {
  const refuse = (problem: string) => error(unresolvedDid(did, `its document ${problem}`))
  if (text.length > didDocumentLengthMax) return refuse(`is longer than ${didDocumentLengthMax} characters`)
  const document = parseJson(text)
  if (!isObject(document)) return refuse('is not a JSON object')
  const subject = withoutFragment(did)
  if (document.id !== subject) return refuse('is that of another DID')
  const listed = [document.verificationMethod, ...signing.map(name => document[name])].flatMap(listOf).filter(isObject)
  if (listed.length > didDocumentMethodsMax) return refuse(`has more than ${didDocumentMethodsMax} keys`)
  const allowed = signingIds(document, subject)
  const methods = listed.flatMap(method => readMethod(method, subject)).filter(({ id }) => allowed?.has(id) ?? true)
  return methods.length > 0 ? ok(methods) : refuse('has no Ed25519, P-256 or secp256k1 key that may sign')
}

/** The ids of the keys that may sign; undefined where the document has no relationships, and so says nothing. */
function signingIds(document: Json, subject: string): ReadonlySet<string> | undefined {
  if (!relationships.some(name => document[name] !== undefined)) return undefined
  const entries = signing.flatMap(name => listOf(document[name]))
  const ids = entries.map(entry => (isObject(entry) ? entry.id : entry)).filter(id => typeof id === 'string')
  return new Set(ids.map(id => absolute(id, subject)))
}

function readMethod(method: Json, subject: string): VerificationMethod[] {
  const { id, type, publicKeyMultibase, publicKeyJwk, controller } = method
  if (typeof id !== 'string' || (controller !== undefined && controller !== subject)) return []
  const key =
    type === 'Multikey' || type === 'Ed25519VerificationKey2020'
      ? multibaseKey(publicKeyMultibase, type)
      : type === 'JsonWebKey2020' || type === 'JsonWebKey'
        ? jwkKey(publicKeyJwk)
        : undefined
  return key ? [{ id: absolute(id, subject), key }] : []
}

function multibaseKey(text: unknown, type: string): PublicKey | undefined {
  if (typeof text !== 'string') return undefined
  const key = parseMultikey(text)
  if (typeof key !== 'string') return type === 'Multikey' || key.algorithm === 'Ed25519' ? key : undefined
  // Early documents of Ed25519VerificationKey2020 have the bare key, without its multicodec.
  const bare = type === 'Multikey' ? undefined : decoded(() => base58btc.decode(text.slice(0, 64)))
  return bare?.length === 32 ? { algorithm: 'Ed25519', bytes: bare } : undefined
}

/** RFC 7517, RFC 8037 § 2, RFC 8812 § 3.1. A JWK that holds a private key is refused, for it is no secret any more. */
function jwkKey(jwk: unknown): PublicKey | undefined {
  if (!isObject(jwk) || jwk.d !== undefined) return undefined
  const x = coordinate(jwk.x)
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return x && { algorithm: 'Ed25519', bytes: x }
  const algorithm: Algorithm | undefined =
    jwk.crv === 'P-256' ? 'P-256' : jwk.crv === 'secp256k1' ? 'secp256k1' : undefined
  const y = coordinate(jwk.y)
  if (jwk.kty !== 'EC' || !algorithm || !x || !y) return undefined
  return { algorithm, bytes: Uint8Array.of(2 + ((y[31] ?? 0) & 1), ...x) }
}

function coordinate(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length > 64) return undefined
  const bytes = decoded(() => base64url.baseDecode(text))
  return bytes?.length === 32 ? bytes : undefined
}

function absolute(id: string, subject: string): string {
  return id.startsWith('#') ? subject + id : id
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  return decoded(() => JSON.parse(text) as unknown)
}

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
