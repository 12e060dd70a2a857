import type { Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { openOutcome, openValue } from '@ipvm/runtime'
import type { Outcome } from '@ipvm/ucan'
import { orStop } from '../exit.ts'

/** An outcome in the clear, on the machine that sealed it. */
export async function revealed(node: IpvmNode, out: Outcome): Promise<Outcome> {
  return orStop(await openOutcome(out, cid => node.store.block(cid), node.seal))
}

/** What sealed bytes of a file hold. */
export async function revealedFile(node: IpvmNode, bytes: Uint8Array): Promise<Value> {
  return orStop(await openValue(bytes, node.seal))
}
