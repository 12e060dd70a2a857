import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { PublicKey } from '../did/did.ts'
import type { Algorithm } from '../header/header.ts'

/** The three curves in JavaScript: for what the platform's own cryptography lacks, and for tests. */

const ecdsa = { 'P-256': () => p256, secp256k1: () => secp256k1 }

/** A secret's public key: 32 bytes of Ed25519, or a compressed point. */
export function publicKeyOf(algorithm: Algorithm, secret: Uint8Array): Uint8Array {
  return algorithm === 'Ed25519' ? ed25519.getPublicKey(secret) : ecdsa[algorithm]().getPublicKey(secret, true)
}

/** Signs with a secret in memory; ECDSA with a nonce from RFC 6979, raw r ‖ s, low s. */
export function sign(algorithm: Algorithm, secret: Uint8Array, message: Uint8Array): Uint8Array {
  return algorithm === 'Ed25519' ? ed25519.sign(message, secret) : ecdsa[algorithm]().sign(message, secret)
}

/** Checks a signature that was found usable (see `strict.ts`). */
export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    if (key.algorithm === 'Ed25519') return verifyEd25519(key.bytes, message, signature)
    return ecdsa[key.algorithm]().verify(signature, message, key.bytes, { lowS: false })
  } catch {
    return false
  }
}

/** A P-256 point in the long form, which is the one that every WebCrypto reads; throws where it is not on the curve. */
export function uncompressedP256(point: Uint8Array): Uint8Array {
  return p256.Point.fromBytes(point).toBytes(false)
}

/** RFC 8032 § 5.1.7 without the cofactor, as OpenSSL does it; noble's own `verify` multiplies by it (ADR 20). */
function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519
  const r = signature.subarray(0, 32)
  const hashed = new Uint8Array(64 + message.length)
  hashed.set(r)
  hashed.set(key, 32)
  hashed.set(message, 64)
  const k = Point.Fn.create(bytesToNumberLE(sha512(hashed)))
  const s = bytesToNumberLE(signature.subarray(32))
  const expected = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key).multiplyUnsafe(k)).toBytes()
  return expected.every((byte, i) => byte === r[i])
}
