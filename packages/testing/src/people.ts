import { ed25519Signer, type Signer } from '@ipvm/varsig'

/** The people of every test story, with keys that never change. */

/** Asks for work. */
export const alice: Signer = person(1)

/** Runs a node. */
export const bob: Signer = person(2)

/** Is neither. */
export const carol: Signer = person(3)

function person(number: number): Signer {
  return ed25519Signer(new Uint8Array(32).fill(number))
}
