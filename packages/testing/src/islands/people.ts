import type { Signer } from '@ipvm/varsig'
import { secretSigner } from '@ipvm/varsig'
import { alice, bob, carol, dave } from '../people.ts'

/** Someone who has a node. */
export interface Islander {
  readonly name: string
  readonly signer: Signer
  /** Whether it says what is not so. */
  readonly isLiar: boolean
}

/** Those who keep to what they say, and Mallory, who does not. */
export const islanders: readonly Islander[] = [
  { name: 'alice', signer: alice, isLiar: false },
  { name: 'bob', signer: bob, isLiar: false },
  { name: 'carol', signer: carol, isLiar: false },
  { name: 'dave', signer: dave, isLiar: false },
  { name: 'mallory', signer: secretSigner('Ed25519', new Uint8Array(32).fill(6)), isLiar: true },
]
