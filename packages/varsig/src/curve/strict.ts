import type { PublicKey } from '../did/did.ts'

/**
 * Which Ed25519 keys and signatures may count at all (ADR 20). OpenSSL, browsers and noble disagree about points of
 * small order and about second encodings of a point; with these refused beforehand and the equation checked without
 * its cofactor, all accept the same signatures. ECDSA has no such corners: r and s are checked to be in range by all.
 */

const signatureBytes = 64
const pointBytes = 32

/** The y coordinates of the eight points of small order, without the sign of x. */
const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(bytesOf)

/** The order of the base point, little-endian (RFC 8032 § 5.1). */
const groupOrder = bytesOf('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** 2^255 − 19, little-endian. */
const prime = bytesOf('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')

/** Whether a key may check signatures: an Ed25519 key is the one encoding of a point that is not of small order. */
export function isUsableKey(key: PublicKey): boolean {
  return key.algorithm !== 'Ed25519' || isUsablePoint(key.bytes)
}

/** Whether a signature may be one: the right length, and for Ed25519 S below the order and R a usable point. */
export function isUsableSignature(key: PublicKey, signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes) return false
  if (key.algorithm !== 'Ed25519') return true
  return isBelow(signature, pointBytes, groupOrder, 0xff) && isUsablePoint(signature)
}

function isUsablePoint(bytes: Uint8Array): boolean {
  if (!isBelow(bytes, 0, prime, 0x7f)) return false
  for (const point of smallOrder) if (sameButSign(bytes, point)) return false
  return true
}

/** Whether 32 bytes at `start`, their last masked, are a smaller little-endian number than `bound`. */
function isBelow(bytes: Uint8Array, start: number, bound: Uint8Array, lastMask: number): boolean {
  for (let i = pointBytes - 1; i >= 0; i--) {
    const byte = (bytes[start + i] ?? 0) & (i === pointBytes - 1 ? lastMask : 0xff)
    const limit = bound[i] ?? 0
    if (byte !== limit) return byte < limit
  }
  return false
}

function sameButSign(bytes: Uint8Array, point: Uint8Array): boolean {
  for (let i = 0; i < pointBytes - 1; i++) if (bytes[i] !== point[i]) return false
  return ((bytes[pointBytes - 1] ?? 0) & 0x7f) === point[pointBytes - 1]
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
