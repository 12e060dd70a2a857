import type { Algorithm } from '../header/header.ts'

/** The orders of the ECDSA groups, and scalars compared with them, as 32 bytes big-endian. */

/** How many bytes a scalar has. */
export const scalarBytes = 32

/** The curves that ECDSA is done on. */
export type EcdsaAlgorithm = Exclude<Algorithm, 'Ed25519'>

/** SEC 2 § 2.4.1, FIPS 186-5 via SP 800-186 § 3.2.1.3. */
export const orders: Readonly<Record<EcdsaAlgorithm, Uint8Array>> = {
  'P-256': scalar('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  secp256k1: scalar('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'),
}

/** Half the orders, rounded down: the largest s that is low. */
export const halfOrders: Readonly<Record<EcdsaAlgorithm, Uint8Array>> = {
  'P-256': scalar('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8'),
  secp256k1: scalar('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'),
}

/** Whether 32 bytes can be a private key of the curve. */
export function isSecret(algorithm: Algorithm, secret: Uint8Array): boolean {
  return algorithm === 'Ed25519' || (secret.some(byte => byte !== 0) && compareScalars(secret, orders[algorithm]) < 0)
}

/** Below zero, zero or above, as `a` is below, equal to or above `b`. */
export function compareScalars(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < scalarBytes; i++) {
    const step = (a[i] ?? 0) - (b[i] ?? 0)
    if (step !== 0) return step
  }
  return 0
}

function scalar(hex: string): Uint8Array {
  return Uint8Array.from({ length: scalarBytes }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
