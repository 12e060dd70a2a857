import { cidOf, codec, limits as ipldLimits, readCar, StreamError, writeFile, type Block, type CID } from '@ipvm/ipld'
import type { Context } from 'hono'
import { putBytesMax } from '../../limits.ts'
import { BodyError, chunksOf } from '../body.ts'
import { bodyTypeOf } from '../media.ts'
import { bodyRefused, malformed, refusalResponse, refuse } from '../refuse.ts'
import { readable, type Served } from './served.ts'

/** What was brought is not what its name says. */
class WrongContent extends Error {}

/**
 * `PUT /ipfs/:cid`: a file as its bytes or as a CAR, while it comes in. Every block is what its name says, and what
 * comes is what was announced: a file's bytes are cut as our own are (profile `unixfs-v1-2025`); cut in another way
 * they have another name, and come as a CAR.
 */
export function putIpfs(served: Served): (c: Context) => Promise<Response> {
  return readable(served, 'cid', { cmd: '/block/put', argument: 'cid' }, async (c, cid, { from }) => {
    const { port, config, world } = served
    if (!port.put) return refuse(405, { name: 'Refused', message: 'this node takes no files' }, { allow: 'GET, HEAD' })
    const bytesMax = config.putBytesMax ?? putBytesMax
    if (Number(c.req.header('content-length') ?? 0) > bytesMax) return bodyRefused('TooLarge', bytesMax)
    const chunks = chunksOf(c.req.raw.body, { bytesMax, world })
    try {
      const isCar = bodyTypeOf(c.req.header('content-type')) === 'car'
      const kept = await port.put(isCar ? carBlocks(cid, chunks) : blocksOf(cid, chunks), from)
      if ('error' in kept) return refusalResponse(kept.error)
      return new Response(null, { status: 201, headers: { location: `/ipfs/${cid}`, etag: `"${cid}"` } })
    } catch (thrown) {
      if (thrown instanceof BodyError) return bodyRefused(thrown.problem, bytesMax)
      if (thrown instanceof StreamError) return malformed(thrown.message)
      if (thrown instanceof WrongContent) return refuse(422, { name: 'WrongContent', message: thrown.message })
      throw thrown
    }
  })
}

/** The blocks of a CAR whose root is what was announced, and among them. */
async function* carBlocks(root: CID, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const car = await readCar(chunks)
  if ('error' in car) throw new StreamError(car.error)
  if (!car.ok.roots.some(one => one.equals(root))) throw new WrongContent(`${root} is no root of the CAR`)
  let hasRoot = false
  for await (const block of car.ok.blocks) {
    hasRoot ||= block.cid.equals(root)
    yield block
  }
  if (!hasRoot) throw new WrongContent(`the CAR names ${root} and does not bring it`)
}

/** The blocks of what comes as its bytes: a file, or one block of any codec. */
async function* blocksOf(root: CID, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  if (root.code !== codec.dagPb) return yield* oneBlock(root, chunks)
  let last: Block | undefined
  for await (last of writeFile(chunks)) yield last
  if (!last?.cid.equals(root)) throw new WrongContent(`the bytes are those of ${last?.cid}, not of ${root}`)
}

async function* oneBlock(cid: CID, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size > ipldLimits.blockBytesMax) {
      throw new WrongContent(
        `a block has at most ${ipldLimits.blockBytesMax} bytes; a larger file has a root of dag-pb`,
      )
    }
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  const named = cidOf(cid.code, bytes)
  if (!named.equals(cid)) throw new WrongContent(`the bytes are those of ${named}, not of ${cid}`)
  yield { cid, bytes }
}
