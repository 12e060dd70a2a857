import { publicKeyOf, sign } from '#signing'
import { isSecret } from '../curve/order.ts'
import type { Did } from '../did/did.ts'
import { didKey } from '../did/key.ts'
import type { Algorithm } from '../header/header.ts'

/** Who signs: a DID, and the private key behind it, wherever that lives. */
export interface Signer {
  readonly did: Did
  readonly algorithm: Algorithm
  /** Signs a message: 64 bytes; ECDSA as raw r ‖ s with low s (Varsig 1.0 § ECDSA). */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** How many bytes a private key is made from, on every curve. */
export const seedBytes = 32

/**
 * A signer whose private key is in memory.
 *
 * @param secret 32 bytes from a good random source: an Ed25519 seed (RFC 8032 § 5.1.5), or the big-endian scalar of
 *   the other curves
 * @throws RangeError when it is not 32 bytes, or (one in 2^32 and rarer) not a scalar of the curve: draw again
 */
export function secretSigner(algorithm: Algorithm, secret: Uint8Array): Signer {
  if (secret.length !== seedBytes) {
    throw new RangeError(`a secret of ${algorithm} has ${seedBytes} bytes, not ${secret.length}`)
  }
  if (!isSecret(algorithm, secret)) {
    throw new RangeError(`a secret of ${algorithm} is above zero and below the order of the curve; draw another`)
  }
  const key = Uint8Array.from(secret)
  const did = didKey({ algorithm, bytes: publicKeyOf(algorithm, key) })
  return { did, algorithm, sign: message => sign(algorithm, key, message) }
}

/**
 * A signer whose Ed25519 private key is in memory.
 *
 * @param seed 32 bytes from a good random source (RFC 8032 § 5.1.5)
 * @example
 * const alice = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)))
 */
export function ed25519Signer(seed: Uint8Array): Signer {
  return secretSigner('Ed25519', seed)
}

/**
 * A new key in memory, on any of the three curves.
 *
 * @param random gives that many bytes of a good random source
 */
export function generateSigner(algorithm: Algorithm, random: (count: number) => Uint8Array): Signer {
  const secret = random(seedBytes)
  // Out of range once in 2^32 draws and less, so a second time is the source's fault.
  return secretSigner(algorithm, isSecret(algorithm, secret) ? secret : random(seedBytes))
}
