import { compareScalars, halfOrders, orders, scalarBytes, type EcdsaAlgorithm } from '../curve/order.ts'
import type { Algorithm } from '../header/header.ts'

/**
 * The signature with the lower of its two values of s. Who sees an ECDSA signature (r, s) can make (r, n − s), which is
 * as good, so whatever is keyed by a signature's bytes or by a CID over them (replay, revocation) has to be keyed by
 * this form. An Ed25519 signature has one form, and comes back as it is.
 *
 * @param signature r ‖ s of 64 bytes (Varsig 1.0 § ECDSA); anything else comes back as it is
 */
export function lowS(signature: Uint8Array, algorithm: Algorithm): Uint8Array {
  if (algorithm === 'Ed25519' || signature.length !== 2 * scalarBytes) return signature
  const s = signature.subarray(scalarBytes)
  const isHigh = compareScalars(s, halfOrders[algorithm]) > 0 && compareScalars(s, orders[algorithm]) < 0
  return isHigh ? negateS(signature, algorithm) : signature
}

/** An ECDSA signature of 64 bytes with n − s in place of s: as good as the one given. */
export function negateS(signature: Uint8Array, algorithm: EcdsaAlgorithm): Uint8Array {
  const negated = Uint8Array.from(signature)
  negated.set(difference(orders[algorithm], signature.subarray(scalarBytes)), scalarBytes)
  return negated
}

function difference(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(scalarBytes)
  let borrow = 0
  for (let i = scalarBytes - 1; i >= 0; i--) {
    const step = (a[i] ?? 0) - (b[i] ?? 0) - borrow
    borrow = step < 0 ? 1 : 0
    result[i] = step + 256 * borrow
  }
  return result
}
