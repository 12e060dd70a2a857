import type { ValueMap } from '@ipvm/ipld'
import { invoke, limits, writeContainer, type Command } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import type { Wallet } from '../wallet.ts'
import { bearerSeconds } from '../limits.ts'

/** By what one proves to others what one may. */
export interface BearerParts {
  readonly signer: Signer
  readonly wallet: Wallet
  readonly now: () => number
  readonly random: (count: number) => Uint8Array
  /** Whose address that is, as far as is known. */
  readonly at: (address: string) => Promise<Did | undefined>
}

/**
 * What goes behind `Bearer ` to prove that one may do something at an address: an invocation that holds for a moment,
 * with the delegations of the wallet. Undefined where nobody gave any: then it is asked without.
 */
export function bearerOf({ signer, wallet, now, random, at }: BearerParts) {
  return async (address: string, cmd: Command, args: ValueMap): Promise<string | undefined> => {
    const sub = await at(address)
    const proofs = sub === undefined ? [] : await wallet.proofs(sub, cmd)
    if (sub === undefined || proofs.length === 0) return undefined
    const prf = proofs.map(({ envelope }) => envelope.cid)
    const exp = now() + bearerSeconds
    const { envelope } = await invoke({ sub, cmd, args, prf, nonce: random(limits.nonceBytes), exp }, signer)
    const tokens = [envelope.bytes, ...proofs.map(proof => proof.envelope.bytes)]
    return new TextDecoder().decode(await writeContainer(tokens, 'base64url'))
  }
}
