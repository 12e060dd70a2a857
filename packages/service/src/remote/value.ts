import { cidKey, codec } from '@ipvm/ipld'
import type { BlockShelf, Network, PeerName } from '@ipvm/network'
import type { OthersAnswer } from '@ipvm/runtime'
import { sameDid } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { valueBytesMax } from '../limits.ts'
import { linkedValues } from '../receipts/values.ts'

/** How a value is brought. */
export interface BringContext {
  readonly network: Network
  readonly signal: AbortSignal
  readonly context: ServiceContext
  /** How much may come, bytes. */
  readonly bytesMax?: number
}

/** A receipt with what its value is made of: what did not come along is fetched from whom it came from. */
export async function bringValue(
  { receipt, blocks }: Extract<OthersAnswer, { readonly receipt: unknown }>,
  peer: PeerName,
  { network, signal, context, bytesMax = valueBytesMax }: BringContext,
): Promise<OthersAnswer> {
  const { signer, store } = context
  const { iss } = receipt
  const { bringers } = context.runtime()
  const came = new Map(blocks.map(({ cid, bytes }) => [cidKey(cid), bytes]))
  bringers.note(iss, blocks)
  // Whoever links to what is here already has to give it all the same, unless their word counts as this node's does.
  const counts = sameDid(iss, signer.did) || (await store.trusts(iss))
  const shelf: BlockShelf = {
    block: async cid => came.get(cidKey(cid)) ?? (counts || bringers.has(iss, cid) ? store.block(cid) : undefined),
    put: async blocks => {
      await store.commit({ blocks })
      bringers.note(iss, blocks)
    },
  }
  // All that it links to together: there may be thousands of links.
  let room = bytesMax
  for (const link of linkedValues({ ...receipt.out })) {
    // The whole value in a block of its own has to be here; a link to a file is looked for.
    const isValue = link.code === codec.dagCbor
    const fetched = await network.fetch(link, shelf, { peers: [peer], signal, bytesMax: room })
    room -= 'ok' in fetched ? fetched.ok.bytes : fetched.error.fetched.bytes
    if (isValue && 'error' in fetched && !(await shelf.block(link))) {
      const { message } = fetched.error
      return {
        away: { name: 'MissingValue', message: `the value of the receipt did not come: ${message}` },
        sent: true,
      }
    }
  }
  return { receipt, blocks }
}
