import { codec, type CID } from '../cid.ts'
import { blockBytesMax } from '../limits.ts'
import { error, ok, type Result } from '../result.ts'
import { readBlock, type FileFailure, type GetBlock } from './block.ts'
import { malformedFile, readFileNode } from './node.ts'

/**
 * How many bytes a file has, as its root says: what is below is not read, and reading it finds out where that is wrong.
 * Failures: `MissingBlock`, `CorruptBlock`, `MalformedFile`.
 */
export async function fileSize(root: CID, getBlock: GetBlock): Promise<Result<number, FileFailure>> {
  if (root.code !== codec.raw && root.code !== codec.dagPb) {
    return error(malformedFile(root, 'its codec is not raw or dag-pb'))
  }
  const block = await readBlock(root, getBlock, blockBytesMax)
  if ('error' in block) return block
  if (root.code === codec.raw) return ok(block.ok.length)
  const node = readFileNode(root, block.ok)
  return 'error' in node ? node : ok(node.ok.links.reduce((sum, link) => sum + link.bytes, node.ok.data.length))
}
