import { codec, type CID } from '../cid.ts'
import { blockBytesMax, fileDepthMax, fileMeanBytesMin, fileSmallBlocksMax } from '../limits.ts'
import { error, ok, type Result } from '../result.ts'
import { StreamError } from '../stream/stream-error.ts'
import { readBlock, type FileFailure, type GetBlock } from './block.ts'
import { malformedFile, readFileNode, type FileLink, type FileNode } from './node.ts'

/** Which part of a file is read, as of {@link walkFile}. */
export interface ByteRange {
  /** The first byte, counted from 0. Beyond the end of the file nothing comes. */
  readonly offset?: number
  /** How many bytes at most. */
  readonly length?: number
}

/** A subtree still to be read. The root's size is not known before it is read. */
interface Pending {
  readonly cid: CID
  readonly bytes: number | undefined
  readonly start: number
  readonly depth: number
}

/**
 * The bytes of a file in order, one block's at a time, each block verified before. What lies before the range is
 * skipped by the sizes that the nodes give, without being read; every node and leaf that is read has to have the size
 * that its parent gave.
 *
 * @throws StreamError with a {@link FileFailure}
 */
export async function* walkFile(
  root: CID,
  getBlock: GetBlock,
  { offset = 0, length = Number.POSITIVE_INFINITY }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = offset + length
  const pending: Pending[] = [{ cid: root, bytes: undefined, start: 0, depth: 0 }]
  let blocks = 0
  let given = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (isOutside(next, offset, end)) continue
    blocks += 1
    const node = await readNode(next, root, getBlock, blocks - given / fileMeanBytesMin > fileSmallBlocksMax)
    if ('error' in node) throw new StreamError(node.error)
    const { data, links } = node.ok
    pushLinks(pending, links, next.start + data.length, next.depth + 1)
    const piece = data.subarray(Math.max(0, offset - next.start), Math.max(0, end - next.start))
    given += piece.length
    if (piece.length > 0) yield piece
  }
}

function isOutside({ bytes, start }: Pending, offset: number, end: number): boolean {
  if (bytes === undefined) return false
  return start >= end || start + bytes <= offset
}

/** The children, the last first, since what is pushed last is read first. */
function pushLinks(pending: Pending[], links: readonly FileLink[], from: number, depth: number): void {
  let start = from + links.reduce((sum, link) => sum + link.bytes, 0)
  for (const { cid, bytes } of links.toReversed()) {
    start -= bytes
    pending.push({ cid, bytes, start, depth })
  }
}

async function readNode(
  { cid, bytes, depth }: Pending,
  root: CID,
  getBlock: GetBlock,
  hasTooMany: boolean,
): Promise<Result<FileNode, FileFailure>> {
  if (hasTooMany) return error(malformedFile(root, `it has more than ${fileSmallBlocksMax} blocks that are tiny`))
  if (depth > fileDepthMax) return error(malformedFile(root, `its tree is deeper than ${fileDepthMax}`))
  if (cid.code !== codec.raw && cid.code !== codec.dagPb) {
    return error(malformedFile(cid, 'its codec is not raw or dag-pb'))
  }
  const block = await readBlock(cid, getBlock, blockBytesMax)
  if ('error' in block) return block
  const node = cid.code === codec.raw ? ok({ data: block.ok, links: [] }) : readFileNode(cid, block.ok)
  if ('error' in node || bytes === undefined) return node
  const size = node.ok.links.reduce((sum, link) => sum + link.bytes, node.ok.data.length)
  return size === bytes ? node : error(malformedFile(cid, `it has ${size} bytes where its parent says ${bytes}`))
}
