import { secretSigner, type Algorithm, type Signer } from '@ipvm/varsig'

/** The people of every test story, with keys that never change. */

/** Asks for work. */
export const alice: Signer = person(1)

/** Runs a node. */
export const bob: Signer = person(2)

/** Is neither. */
export const carol: Signer = person(3)

/** Asks for more than he may. */
export const dave: Signer = person(4)

/** Alice with the key of her phone, whose chip has P-256 only. */
export const aliceP256: Signer = person(1, 'P-256')

/** Bob with the key of his wallet. */
export const bobSecp256k1: Signer = person(2, 'secp256k1')

function person(number: number, algorithm: Algorithm = 'Ed25519'): Signer {
  return secretSigner(algorithm, new Uint8Array(32).fill(number))
}
