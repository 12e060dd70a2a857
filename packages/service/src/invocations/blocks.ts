import { cidKey, CID, ok, type Block, type Result, type Unit, type Value } from '@ipvm/ipld'
import type { Peer, Refusal } from '@ipvm/network'
import type { ServiceContext } from '../context.ts'
import { blocksAskedMax, putBatchBlocks, putBatchBytes } from '../limits.ts'
import type { Handler } from './handler.ts'
import { malformedArguments } from './refusal.ts'

/** A block that may leave this node. */
export async function openBlock(cid: CID, { store }: ServiceContext): Promise<Uint8Array | undefined> {
  return (await store.isSecret(cid)) ? undefined : store.block(cid)
}

/** `/block/get {cid}` or `{cids}`: those blocks that are here, as far as an answer has room. */
export function blockReader(context: ServiceContext): Handler {
  return {
    answer: async ({ invocation, room }) => {
      const cids = cidsIn(invocation.args)
      if (!cids) return malformedArguments('/block/get', `{cid: link} or {cids: [links]}, at most ${blocksAskedMax}`)
      const blocks = new Map<string, Block>()
      for (const cid of cids) {
        const bytes = await openBlock(cid, context)
        if (bytes && bytes.length > room.left) break
        room.left -= bytes?.length ?? 0
        if (bytes) blocks.set(cidKey(cid), { cid, bytes })
      }
      return ok({ blocks: [...blocks.values()] })
    },
  }
}

/** `/block/put {cids}`: keeps these of the blocks that came along. */
export function blockWriter({ runtime, store }: ServiceContext): Handler {
  return {
    answer: async ({ invocation, brought }) => {
      const cids = cidsIn(invocation.args)
      if (!cids) return malformedArguments('/block/put', `{cid: link} or {cids: [links]}, at most ${blocksAskedMax}`)
      const blocks = brought.reached(cids)
      if (blocks.length > 0) await store.commit({ blocks })
      runtime().bringers.note(invocation.iss, blocks)
      return ok({ out: { ok: { kept: blocks.length } } })
    },
  }
}

/** Keeps blocks while they come in from somebody; from nobody known where anybody may bring them. */
export async function keepBlocks(
  blocks: AsyncIterable<Block>,
  { did }: Pick<Peer, 'did'>,
  { runtime, store }: Pick<ServiceContext, 'runtime' | 'store'>,
): Promise<Result<Unit, Refusal>> {
  const keep = async (batch: readonly Block[]) => {
    await store.commit({ blocks: batch })
    if (did !== undefined) runtime().bringers.note(did, batch)
  }
  let batch: Block[] = []
  let size = 0
  for await (const block of blocks) {
    batch.push(block)
    size += block.bytes.length
    if (batch.length < putBatchBlocks && size < putBatchBytes) continue
    await keep(batch)
    batch = []
    size = 0
  }
  if (batch.length > 0) await keep(batch)
  return ok({})
}

function cidsIn({ cid, cids, ...rest }: Readonly<Record<string, Value>>): readonly CID[] | undefined {
  if (Object.keys(rest).length > 0) return undefined
  if (cid instanceof CID && cids === undefined) return [cid]
  if (cid !== undefined || !Array.isArray(cids) || cids.length > blocksAskedMax) return undefined
  const list: readonly Value[] = cids
  const links = list.filter(item => item instanceof CID)
  return links.length === list.length ? links : undefined
}
