import type { Algorithm } from '@ipvm/varsig'

/** The curves by the names that people type. */
export const algorithms: Readonly<Record<string, Algorithm>> = {
  ed25519: 'Ed25519',
  p256: 'P-256',
  secp256k1: 'secp256k1',
}
