import { error, ok, type Failure, type Result } from '@ipvm/ipld'

/** The signature algorithms that are understood. */
export type Algorithm = 'Ed25519'

/** The varsig header is not one that is understood. */
export interface UnsupportedSignature extends Failure {
  readonly name: 'UnsupportedSignature'
}

/** Varsig v1 over DAG-CBOR: `0x34`, version 1, EdDSA on edwards25519 with SHA-512, payload encoding 0x71. */
const ed25519V1 = Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71)

/** Varsig v0, still written by older peers: no version byte, no hash. Read, never written. */
const ed25519V0 = Uint8Array.of(0x34, 0xed, 0x01, 0x71)

/** The varsig v1 header of an algorithm, over DAG-CBOR (Varsig 1.0 § Signature Algorithm). */
export function encodeHeader(_algorithm: Algorithm): Uint8Array {
  return ed25519V1
}

/** The algorithm that a varsig header names. */
export function parseHeader(header: Uint8Array): Result<Algorithm, UnsupportedSignature> {
  if (sameBytes(header, ed25519V1) || sameBytes(header, ed25519V0)) return ok('Ed25519')
  const hex = Array.from(header.subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('')
  const message = `the varsig header ${hex} is not supported; supported: Ed25519 over DAG-CBOR`
  return error({ name: 'UnsupportedSignature', message })
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
