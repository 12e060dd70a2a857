import { cidOf, codec, type CID } from '@ipvm/ipld'
import { lowS, parseHeader, type Algorithm } from '@ipvm/varsig'
import type { Envelope } from './envelope.ts'

/** The orders of the curves' groups (SEC 2 § 2.4). */
const orders: Readonly<Record<Exclude<Algorithm, 'Ed25519'>, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

const scalarBytes = 32

/**
 * Every name under which the same signed content can travel, the low-S one first. Anyone can turn an ECDSA signature
 * (r, s) into (r, n − s): the same token under a second CID, which a look-up by one CID would miss (ADR 26).
 */
export function namesOf(envelope: Envelope): readonly CID[] {
  const algorithm = parseHeader(envelope.header)
  if ('error' in algorithm || algorithm.ok === 'Ed25519') return [envelope.cid]
  if (envelope.signature.length !== 2 * scalarBytes) return [envelope.cid]
  const low = lowS(envelope.signature, algorithm.ok)
  return [low, negated(low, orders[algorithm.ok])].map(signature => nameWith(envelope, signature))
}

function nameWith(envelope: Envelope, signature: Uint8Array): CID {
  const { bytes, signed } = envelope
  const twin = Uint8Array.from(bytes)
  // The signature stands right before the signed part, which ends the envelope.
  twin.set(signature, bytes.length - signed.length - signature.length)
  return cidOf(codec.dagCbor, twin)
}

/** The signature with n − s in place of s. */
function negated(signature: Uint8Array, order: bigint): Uint8Array {
  let s = 0n
  for (const byte of signature.subarray(scalarBytes)) s = (s << 8n) | BigInt(byte)
  const other = ((order - (s % order)) % order).toString(16).padStart(2 * scalarBytes, '0')
  const twin = Uint8Array.from(signature)
  for (let i = 0; i < scalarBytes; i++) twin[scalarBytes + i] = Number.parseInt(other.slice(2 * i, 2 * i + 2), 16)
  return twin
}
