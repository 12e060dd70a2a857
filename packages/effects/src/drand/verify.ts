import { createHash } from 'node:crypto'
import type { Chain } from './chain.ts'

/** A round as a server tells it. */
export interface Beacon {
  readonly round: number
  readonly signature: Uint8Array
  /** Of the round before it, where rounds are chained. */
  readonly previous?: Uint8Array
}

/**
 * The random bytes of a round, which are the hash of its signature; nothing where that is not the network's. Who serves a
 * round need not be believed.
 */
export async function verified(chain: Chain, { round, signature, previous }: Beacon): Promise<Uint8Array | undefined> {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(round))
  if (chain.isChained !== (previous !== undefined)) return undefined
  const message = sha256(previous ?? new Uint8Array(), number)
  const { bls12_381 } = await import('@noble/curves/bls12-381.js')
  const publicKey = Uint8Array.from(Buffer.from(chain.publicKey, 'hex'))
  try {
    if (chain.isChained) {
      const { hash, verify } = bls12_381.longSignatures
      const point = hash(message, 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_')
      return verify(signature, point, publicKey) ? sha256(signature) : undefined
    }
    const { hash, verify } = bls12_381.shortSignatures
    const point = hash(message, 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_')
    return verify(signature, point, publicKey) ? sha256(signature) : undefined
  } catch {
    // Bytes that are no point of the curve.
    return undefined
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
