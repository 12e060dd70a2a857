import { cidKey, codec } from '@ipvm/ipld'
import type { BlockShelf, Network, PeerName } from '@ipvm/network'
import type { Asked } from '@ipvm/runtime'
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
  { receipt, blocks }: Extract<Asked, { readonly receipt: unknown }>,
  peer: PeerName,
  { network, signal, context, bytesMax = valueBytesMax }: BringContext,
): Promise<Asked> {
  const came = new Map(blocks.map(({ cid, bytes }) => [cidKey(cid), bytes]))
  const shelf: BlockShelf = {
    block: async cid => came.get(cidKey(cid)) ?? context.store.block(cid),
    put: blocks => context.store.commit({ blocks }),
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
