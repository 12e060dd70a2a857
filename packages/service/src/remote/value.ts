import { CID, cidKey, codec, isMap, type Value } from '@ipvm/ipld'
import type { BlockShelf, Network, PeerName } from '@ipvm/network'
import type { Asked } from '@ipvm/runtime'
import type { ServiceContext } from '../context.ts'
import { valueBytesMax } from '../limits.ts'

/** How a value is brought. */
export interface BringContext {
  readonly network: Network
  readonly signal: AbortSignal
  readonly context: ServiceContext
}

/** A receipt with what its value is made of: what did not come along is fetched from whom it came from. */
export async function bringValue(
  { receipt, blocks }: Extract<Asked, { readonly receipt: unknown }>,
  peer: PeerName,
  { network, signal, context }: BringContext,
): Promise<Asked> {
  const { out } = receipt
  const value = 'ok' in out ? out.ok : out.error.value
  const came = new Map(blocks.map(({ cid, bytes }) => [cidKey(cid), bytes]))
  const shelf: BlockShelf = {
    block: async cid => came.get(cidKey(cid)) ?? context.store.block(cid),
    put: blocks => context.store.commit({ blocks }),
  }
  for (const link of value === undefined ? [] : linksIn(value)) {
    // The whole value in a block of its own has to be here; a link to a file is looked for, any other may be a mere name.
    const isValue = link === value && link.code === codec.dagCbor
    if (!isValue && link.code === codec.dagCbor) continue
    const fetched = await network.fetch(link, shelf, { peers: [peer], signal, bytesMax: valueBytesMax })
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

function linksIn(value: Value): readonly CID[] {
  if (value instanceof CID) return [value]
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    return list.flatMap(linksIn)
  }
  return isMap(value) ? Object.values(value).flatMap(linksIn) : []
}
