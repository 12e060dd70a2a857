import { cidOf, codec, type CID } from '@ipvm/ipld'
import { lowS, negateS, parseHeader } from '@ipvm/varsig'
import type { Envelope } from './envelope.ts'

/** An ECDSA signature, r ‖ s. */
const signatureBytes = 64

/**
 * Every name under which the same signed content can travel, the low-S one first. Anyone can turn an ECDSA signature
 * (r, s) into (r, n − s): the same token under a second CID, which a look-up by one CID would miss (ADR 26).
 */
export function namesOf(envelope: Envelope): readonly CID[] {
  const algorithm = parseHeader(envelope.header)
  if ('error' in algorithm || algorithm.ok === 'Ed25519') return [envelope.cid]
  if (envelope.signature.length !== signatureBytes) return [envelope.cid]
  const low = lowS(envelope.signature, algorithm.ok)
  return [low, negateS(low, algorithm.ok)].map(signature => nameWith(envelope, signature))
}

function nameWith(envelope: Envelope, signature: Uint8Array): CID {
  const { bytes, signed } = envelope
  const twin = Uint8Array.from(bytes)
  // The signature stands right before the signed part, which ends the envelope.
  twin.set(signature, bytes.length - signed.length - signature.length)
  return cidOf(codec.dagCbor, twin)
}
