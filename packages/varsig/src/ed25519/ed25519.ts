import { ed25519 } from '@noble/curves/ed25519.js'

/** Ed25519 (RFC 8032) where the platform has no synchronous one of its own (a browser). */

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed)
}

export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed)
}

/** Strict RFC 8032, not ZIP 215: every node must accept the same signatures. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}
