import { asValue, blockOf, CID, codec, decode, linkLargeBytes, ok, readBlock } from '@ipvm/ipld'
import { limits as ipld, type Block, type Failure, type GetBlock, type Result, type Value } from '@ipvm/ipld'
import { limits, type Outcome } from '@ipvm/ucan'
import { errorMessageLengthMax } from '../limits.ts'
import { isSealed, sealedKey } from '../secret/sealed.ts'

/** An outcome small enough for a receipt, with the blocks that its large values moved to. */
export interface Spilled {
  readonly out: Outcome
  readonly blocks: readonly Block[]
}

/**
 * Moves large values out of an outcome (design § Large values): each byte string over the inline limit becomes a link
 * to a file, and an `ok` (or the `value` of an error) that is still over it a link to a DAG-CBOR block. Part of the
 * profile, so that every executor's receipt says the same; so is that a result too deep or too large is an error.
 */
export function spill(out: Outcome): Spilled {
  const blocks: Block[] = []
  if ('ok' in out) return { out: spillValue(out.ok, blocks), blocks }
  const { value, ...error } = out.error
  // Whoever shortened a message may have cut a character in two, which has no form in a receipt.
  const message = error.message.slice(0, errorMessageLengthMax).toWellFormed()
  const bounded = { ...error, name: error.name, message }
  if (value === undefined) return { out: { error: bounded }, blocks }
  const spilled = spillValue(value, blocks)
  return { out: 'error' in spilled ? spilled : { error: { ...bounded, value: spilled.ok } }, blocks }
}

/**
 * An outcome that is no secret's; one that reads as if it were sealed is an error, so that what has that form was sealed here.
 * Part of the profile, as {@link spill} is.
 */
export function guarded(out: Outcome): Outcome {
  if ('ok' in out) {
    const message = `the result has the form of a sealed value; do not give {"${sealedKey}": …} alone`
    return isSealed(out.ok) ? { error: { name: 'ReservedResult', message } } : out
  }
  if (!isSealed(out.error.value)) return out
  const { value: _, ...error } = out.error
  return { error: { ...error, name: error.name, message: error.message } }
}

/** The outcome that was spilled: what moved to a DAG-CBOR block is read back, files stay links (ADR 6). */
export async function unspill(out: Outcome, getBlock: GetBlock): Promise<Result<Outcome, Failure>> {
  const moved = 'ok' in out ? out.ok : out.error.value
  if (moved === undefined || !isBlockLink(moved)) return ok(out)
  const block = await readBlock(moved, getBlock)
  if ('error' in block) return block
  const value = decode(block.ok)
  if ('error' in value) return value
  return ok('ok' in out ? { ok: value.ok } : { error: { ...out.error, value: value.ok } })
}

function isBlockLink(value: Value): value is CID {
  return value instanceof CID && value.code === codec.dagCbor
}

function spillValue(value: Value, blocks: Block[]): Outcome {
  const fits = asValue(value, ipld.valueDepthMax)
  if ('error' in fits) return { error: { name: 'ResultTooLarge', message: `the result ${fits.error.message}` } }
  const small = linkLargeBytes(value, limits.inlineBytesMax, blocks)
  const block = blockOf(small)
  // A link that was the result itself moves, too: else it would be taken for one to the result, and be read.
  if (block.bytes.length <= limits.inlineBytesMax && !isBlockLink(small)) return { ok: small }
  if (block.bytes.length > ipld.blockBytesMax) {
    const message = `the result has ${block.bytes.length} bytes beside its byte strings; at most ${ipld.blockBytesMax} are kept`
    return { error: { name: 'ResultTooLarge', message } }
  }
  blocks.push(block)
  return { ok: block.cid }
}
