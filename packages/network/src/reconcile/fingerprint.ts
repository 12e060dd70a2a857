import { sha256 } from '@ipvm/ipld/sha256'

/** How long a salt is, bytes. */
export const saltBytes = 16

/** How much of a salted hash is told, bytes. */
export const fingerprintBytes = 8

/**
 * What is told of the hash of a part, for one conversation. The salt is drawn anew for each, so eight bytes are enough:
 * two parts that differ look alike once in 2^64 times, nobody can look for such a pair beforehand, and the next
 * conversation has another salt (ADR 95).
 */
export function fingerprint(hash: Uint8Array, salt: Uint8Array): Uint8Array {
  const salted = new Uint8Array(salt.length + hash.length)
  salted.set(salt)
  salted.set(hash, salt.length)
  return sha256(salted).subarray(0, fingerprintBytes)
}

/** Whether two fingerprints are the same. */
export function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
