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
import { persist, type Persistence } from '../ask/settle.ts'
import type { AskFailure } from '../failure.ts'

/** A file as its bytes, and cut into blocks. */
export interface WholeFile {
  readonly root: CID
  readonly blocks: readonly Block[]
  readonly bytes: Uint8Array
}

/** A file of these bytes. */
export function wholeFile(bytes: Uint8Array): WholeFile {
  return { ...fileBlocks(bytes), bytes }
}

/**
 * Brings a file to the node, unless it is there; again where the connection is lost, and then what has not arrived. Its
 * CID is what workflows call it by.
 */
export async function putFile(link: Link, file: WholeFile, how: Persistence): Promise<Result<CID, AskFailure>> {
  const put = await persist(link, () => putOnce(link, file, how.signal), how)
  return 'error' in put ? put : ok(file.root)
}

async function putOnce(
  link: Link,
  { root, blocks, bytes }: WholeFile,
  signal: AbortSignal,
): Promise<Result<Unit, NetworkFailure>> {
  const lacking = await lacks(link, blocks, signal)
  if (lacking.length === 0) return ok({})
  // Bytes are the shortest form; where most of it is there, so are the blocks that are not.
  if (lacking.length === blocks.length) return putBody(link, root, media.bytes, bytes, signal)
  // A CAR has its root in it.
  const brought = blocks.filter(block => lacking.includes(block) || block.cid.equals(root))
  return putCar(link, root, brought, signal)
}

/**
 * The blocks that have to go along with a request: few go along as they are; of many the node is asked which it lacks, and
 * what is large is brought before.
 */
export async function luggage(
  link: Link,
  blocks: readonly Block[],
  how: Persistence,
): Promise<Result<readonly Block[], AskFailure>> {
  if (sizeOf(blocks) <= unaskedBytesMax) return ok(blocks)
  const lacking = await lacks(link, blocks, how.signal)
  if (sizeOf(lacking) <= alongBytesMax) return ok(lacking)
  const files = filesIn(lacking)
  for (const { root, parts } of files) {
    const put = await persist(link, () => putCar(link, root, parts, how.signal), how)
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
    // A page between us and the node says 200 to everything.
    return ok(response.status === 200 && response.headers.get('content-type') === media.raw)
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
    if (response.status !== 201) return error(await readRefusal(link.address, response))
    await response.body?.cancel()
    return ok({})
  })
}

function sizeOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
