import {
  cidKey,
  codec,
  encodeCar,
  error,
  fileBlocks,
  linksOf,
  ok,
  type Block,
  type CID,
  type Result,
  type Unit,
} from '@ipvm/ipld'
import type { NetworkFailure } from '@ipvm/network'
import { media, readRefusal } from '@ipvm/network/http/client'
import { alongBytesMax, answerWithin, blocksAtOnce, putWithin, unaskedBytesMax } from '../limits.ts'
import type { Link } from '../node/link.ts'

/** Brings a file to the node, unless it is there; its CID is what workflows call it by. */
export async function putFile(
  link: Link,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Result<CID, NetworkFailure>> {
  const { root, blocks } = fileBlocks(bytes)
  const lacking = await lacks(link, blocks, signal)
  if (lacking.length === 0) return ok(root)
  // Bytes are the shortest form; where most of it is there, so are the blocks that are not.
  const isWhole = lacking.length === blocks.length
  const put = isWhole
    ? await putBody(link, root, media.bytes, bytes, signal)
    : await putCar(link, root, lacking, signal)
  return 'error' in put ? put : ok(root)
}

/**
 * The blocks that have to go along with a request: few go along as they are; of many the node is asked which it lacks, and
 * what is large is brought before.
 */
export async function luggage(
  link: Link,
  blocks: readonly Block[],
  signal: AbortSignal,
): Promise<Result<readonly Block[], NetworkFailure>> {
  if (sizeOf(blocks) <= unaskedBytesMax) return ok(blocks)
  const lacking = await lacks(link, blocks, signal)
  if (sizeOf(lacking) <= alongBytesMax) return ok(lacking)
  const files = filesIn(lacking)
  for (const { root, parts } of files) {
    const put = await putCar(link, root, parts, signal)
    if ('error' in put) return put
  }
  const brought = new Set(files.flatMap(({ parts }) => parts))
  return ok(lacking.filter(block => !brought.has(block)))
}

/** Those that the node does not say it has. */
async function lacks(link: Link, blocks: readonly Block[], signal: AbortSignal): Promise<readonly Block[]> {
  const lacking = new Set<Block>()
  const queue = blocks.values()
  const ask = async () => {
    for (const block of queue) if (!(await hasBlock(link, block.cid, signal))) lacking.add(block)
  }
  await Promise.all(Array.from({ length: Math.min(blocksAtOnce, blocks.length) }, ask))
  return blocks.filter(block => lacking.has(block))
}

async function hasBlock(link: Link, cid: CID, signal: AbortSignal): Promise<boolean> {
  const asking = { method: 'HEAD', path: `ipfs/${cid}?format=raw`, proof: ['/block/get', { cid }] } as const
  const there = await link.remote.ask(asking, { within: answerWithin, signal }, async response => {
    await response.body?.cancel()
    return ok(response.status === 200)
  })
  return 'ok' in there && there.ok
}

/** The files among blocks, each with what of it is there: what no other one links to is a root. */
function filesIn(blocks: readonly Block[]): readonly { readonly root: CID; readonly parts: readonly Block[] }[] {
  const byName = new Map(blocks.map(block => [cidKey(block.cid), block]))
  const isFile = ({ cid }: Block) => cid.code === codec.raw || cid.code === codec.dagPb
  const linked = new Set(blocks.filter(isFile).flatMap(block => linksOf(block).map(cidKey)))
  const roots = blocks.filter(block => isFile(block) && !linked.has(cidKey(block.cid)))
  const below = (block: Block): Block[] => [
    block,
    ...linksOf(block).flatMap(cid => {
      const child = byName.get(cidKey(cid))
      return child ? below(child) : []
    }),
  ]
  return roots.map(root => ({ root: root.cid, parts: below(root) }))
}

function putCar(
  link: Link,
  root: CID,
  blocks: readonly Block[],
  signal: AbortSignal,
): Promise<Result<Unit, NetworkFailure>> {
  return putBody(link, root, media.car, encodeCar([root], blocks), signal)
}

async function putBody(
  link: Link,
  root: CID,
  type: string,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Result<Unit, NetworkFailure>> {
  const headers = { 'content-type': type }
  const asking = { method: 'PUT', path: `ipfs/${root}`, headers, body, proof: ['/block/put', { cid: root }] } as const
  return link.remote.ask<Unit>(asking, { within: putWithin, signal }, async response => {
    if (!response.ok) return error(await readRefusal(link.address, response))
    await response.body?.cancel()
    return ok({})
  })
}

function sizeOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
