import { error, ok, type Failure, type Result } from '@ipvm/ipld'

/** The signature algorithms that are understood: EdDSA on edwards25519, ECDSA with SHA-256 on P-256 and secp256k1. */
export type Algorithm = 'Ed25519' | 'P-256' | 'secp256k1'

/** The varsig header is not one that is understood. */
export interface UnsupportedSignature extends Failure {
  readonly name: 'UnsupportedSignature'
}

/** Varsig v1 over DAG-CBOR: `0x34`, version 1, the algorithm's segments, payload encoding 0x71 (Varsig 1.0 § Format). */
const headers: Readonly<Record<Algorithm, Uint8Array>> = {
  Ed25519: Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71),
  'P-256': Uint8Array.of(0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71),
  secp256k1: Uint8Array.of(0x34, 0x01, 0xec, 0x01, 0xe7, 0x01, 0x12, 0x71),
}

/** Varsig v0, still written by older peers: no version byte, no hash. Read, never written. */
const ed25519V0 = Uint8Array.of(0x34, 0xed, 0x01, 0x71)

const known: readonly (readonly [Uint8Array, Algorithm])[] = [
  [headers.Ed25519, 'Ed25519'],
  [headers['P-256'], 'P-256'],
  [headers.secp256k1, 'secp256k1'],
  [ed25519V0, 'Ed25519'],
]

/** The varsig v1 header of an algorithm, over DAG-CBOR (Varsig 1.0 § Signature Algorithm). */
export function encodeHeader(algorithm: Algorithm): Uint8Array {
  return headers[algorithm].slice()
}

/** The algorithm that a varsig header names (Varsig 1.0 § Format). Failure: `UnsupportedSignature`. */
export function parseHeader(header: Uint8Array): Result<Algorithm, UnsupportedSignature> {
  for (const [bytes, algorithm] of known) if (sameBytes(header, bytes)) return ok(algorithm)
  const hex = Array.from(header.subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('')
  const message = `the varsig header ${hex} is not supported; supported: Ed25519, P-256 and secp256k1 over DAG-CBOR`
  return error({ name: 'UnsupportedSignature', message })
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
