import { blockOf, codec, error, fileBlocks, isMap, ok, readBlock, decode, setKey } from '@ipvm/ipld'
import { CID, type Block, type Failure, type GetBlock, type Result, type Value } from '@ipvm/ipld'
import { limits, type Outcome } from '@ipvm/ucan'

/** An outcome small enough for a receipt, with the blocks that its large values moved to. */
export interface Spilled {
  readonly out: Outcome
  readonly blocks: readonly Block[]
}

/**
 * Moves large values out of an outcome (design § Large values): each byte string over the inline limit becomes a link
 * to a file, and a value that is still over it a link to a DAG-CBOR block. Part of the profile, so that every
 * executor's receipt says the same.
 */
export function spill(out: Outcome): Spilled {
  const blocks: Block[] = []
  if ('ok' in out) return { out: { ok: spillValue(spillBytes(out.ok, blocks), blocks) }, blocks }
  const { name, message, ...fields } = out.error
  const rest = Object.entries(fields).map(([key, value]) => [key, spillValue(spillBytes(value, blocks), blocks)])
  return { out: { error: { ...Object.fromEntries(rest), name, message } }, blocks }
}

/** The value of a spilled `ok`: what moved to a DAG-CBOR block is read back, files stay links. */
export async function unspill(value: Value, getBlock: GetBlock): Promise<Result<Value, Failure>> {
  if (!(value instanceof CID) || value.code !== codec.dagCbor) return ok(value)
  const block = await readBlock(value, getBlock)
  if ('error' in block) return block
  const decoded = decode(block.ok)
  return 'error' in decoded ? error(decoded.error) : decoded
}

function spillValue(value: Value, blocks: Block[]): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || value instanceof CID) return value
  const block = blockOf(value)
  if (block.bytes.length <= limits.inlineBytesMax) return value
  blocks.push(block)
  return block.cid
}

function spillBytes(value: Value, blocks: Block[]): Value {
  if (value instanceof Uint8Array) {
    if (value.length <= limits.inlineBytesMax) return value
    const file = fileBlocks(value)
    blocks.push(...file.blocks)
    return file.root
  }
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    return list.map(element => spillBytes(element, blocks))
  }
  if (!isMap(value)) return value
  const map: Record<string, Value> = {}
  for (const [key, inner] of Object.entries(value)) setKey(map, key, spillBytes(inner, blocks))
  return map
}
