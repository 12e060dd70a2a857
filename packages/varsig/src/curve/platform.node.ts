import {
  createPrivateKey,
  createPublicKey,
  sign as opensslSign,
  verify as opensslVerify,
  type KeyObject,
} from 'node:crypto'
import type { PublicKey } from '../did/did.ts'
import type { Algorithm } from '../header/header.ts'
import { lowS } from '../signature/low-s.ts'
import { isUsableKey, isUsableSignature } from './strict.ts'

/** The three curves by OpenSSL: 16 times the speed of JavaScript, once the key objects are kept. */

/** PKCS #8 up to the secret (RFC 8410 § 7, RFC 5915), SubjectPublicKeyInfo up to the key (RFC 8410 § 4, RFC 5480 § 2). */
const prefixes: Readonly<Record<Algorithm, { readonly pkcs8: Buffer; readonly spki: Buffer }>> = {
  Ed25519: derPrefixes('302e020100300506032b657004220420', '302a300506032b6570032100'),
  'P-256': derPrefixes(
    '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
    '3039301306072a8648ce3d020106082a8648ce3d030107032200',
  ),
  secp256k1: derPrefixes(
    '303e020100301006072a8648ce3d020106052b8104000a042730250201010420',
    '3036301006072a8648ce3d020106052b8104000a032200',
  ),
}

/** A key of OpenSSL's, and the form of its signatures. */
type VerifyKey = KeyObject | { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }

const publicKeys = new WeakMap<PublicKey, KeyObject | 'unusable'>()
const privateKeys: Readonly<Record<Algorithm, WeakMap<Uint8Array, KeyObject>>> = {
  Ed25519: new WeakMap(),
  'P-256': new WeakMap(),
  secp256k1: new WeakMap(),
}
const uncompressedBytes = 65

/** A secret's public key: 32 bytes of Ed25519, or a compressed point. */
export function publicKeyOf(algorithm: Algorithm, secret: Uint8Array): Uint8Array {
  return publicKeyOfObject(algorithm, privateKeyObject(algorithm, secret))
}

/** Signs with a secret in memory; ECDSA as raw r ‖ s with low s. The key object is kept as long as `secret` is. */
export function sign(algorithm: Algorithm, secret: Uint8Array, message: Uint8Array): Uint8Array {
  let key = privateKeys[algorithm].get(secret)
  if (!key) {
    key = privateKeyObject(algorithm, secret)
    privateKeys[algorithm].set(secret, key)
  }
  return signWithObject(algorithm, key, message)
}

/** Whether the signature is the key's over the message; `aside` has a thread of the platform's pool look. Never rejects. */
export function verify(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  aside = false,
): boolean | Promise<boolean> {
  if (!isUsableSignature(key, signature)) return false
  let object = publicKeys.get(key)
  if (object === undefined) {
    object = publicKeyObject(key)
    publicKeys.set(key, object)
  }
  if (object === 'unusable') return false
  const hash = key.algorithm === 'Ed25519' ? null : 'sha256'
  const withForm = hash === null ? object : { key: object, dsaEncoding: 'ieee-p1363' as const }
  try {
    return aside ? verifyAside(hash, message, withForm, signature) : opensslVerify(hash, message, withForm, signature)
  } catch {
    return false
  }
}

function verifyAside(hash: 'sha256' | null, message: Uint8Array, key: VerifyKey, signature: Uint8Array) {
  return new Promise<boolean>(resolve => {
    opensslVerify(hash, message, key, signature, (fault, isValid) => resolve(fault === null && isValid))
  })
}

/** Signs with OpenSSL's own key. */
export function signWithObject(algorithm: Algorithm, key: KeyObject, message: Uint8Array): Uint8Array {
  if (algorithm === 'Ed25519') return new Uint8Array(opensslSign(null, message, key))
  return lowS(new Uint8Array(opensslSign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })), algorithm)
}

/** The public half of OpenSSL's own key, as a `did:key` holds it. */
export function publicKeyOfObject(algorithm: Algorithm, key: KeyObject): Uint8Array {
  const spki = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  if (algorithm === 'Ed25519') return spki.slice(prefixes.Ed25519.spki.length)
  return compressed(spki.subarray(spki.length - uncompressedBytes))
}

/** OpenSSL's form of a secret. */
function privateKeyObject(algorithm: Algorithm, secret: Uint8Array): KeyObject {
  const der = Buffer.concat([prefixes[algorithm].pkcs8, secret])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

function publicKeyObject(key: PublicKey): KeyObject | 'unusable' {
  if (!isUsableKey(key)) return 'unusable'
  try {
    const der = Buffer.concat([prefixes[key.algorithm].spki, key.bytes])
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return 'unusable'
  }
}

function compressed(point: Uint8Array): Uint8Array {
  return Uint8Array.of(2 + ((point[uncompressedBytes - 1] ?? 0) & 1), ...point.subarray(1, 33))
}

function derPrefixes(pkcs8: string, spki: string): { readonly pkcs8: Buffer; readonly spki: Buffer } {
  return { pkcs8: Buffer.from(pkcs8, 'hex'), spki: Buffer.from(spki, 'hex') }
}
