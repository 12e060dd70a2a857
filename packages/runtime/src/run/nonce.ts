import { cidOf, codec } from '@ipvm/ipld'

const nonceBytes = 16

/** The nonce of an effect that was given none: its run's and its label's, so that it is another one in each run. */
export function nonceOf(runNonce: Uint8Array, label: string): Uint8Array {
  const text = new TextEncoder().encode(label)
  const both = new Uint8Array(runNonce.length + text.length)
  both.set(runNonce)
  both.set(text, runNonce.length)
  return cidOf(codec.raw, both).multihash.digest.slice(0, nonceBytes)
}
