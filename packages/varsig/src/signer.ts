import { publicKeyOf, sign } from '#ed25519'
import { didKey, type Did } from './did/did.ts'
import type { Algorithm } from './header/header.ts'

/** Who signs: a DID, and the private key behind it, wherever that lives. */
export interface Signer {
  readonly did: Did
  readonly algorithm: Algorithm
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** How many bytes a private key is made from. */
export const seedBytes = 32

/**
 * A signer whose Ed25519 private key is in memory.
 *
 * @param seed 32 bytes from a good random source (RFC 8032 § 5.1.5)
 * @example
 * const alice = ed25519Signer(crypto.getRandomValues(new Uint8Array(32)))
 */
export function ed25519Signer(seed: Uint8Array): Signer {
  if (seed.length !== seedBytes) throw new RangeError(`an Ed25519 seed has ${seedBytes} bytes, not ${seed.length}`)
  const key = Uint8Array.from(seed)
  const did = didKey({ algorithm: 'Ed25519', bytes: publicKeyOf(key) })
  return { did, algorithm: 'Ed25519', sign: message => sign(key, message) }
}
