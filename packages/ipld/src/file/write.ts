import { rawBlock, type Block } from '../block.ts'
import type { CID } from '../cid.ts'
import { chunkBytes } from '../limits.ts'
import { BalancedTree } from './tree.ts'

/**
 * The blocks of a file in the profile `unixfs-v1-2025` (IPIP-499): CIDv1, raw leaves of 1 MiB, balanced, 1,024 links
 * a node. A file of one chunk is that raw block. The leaves are views of `bytes`.
 */
export function fileBlocks(bytes: Uint8Array): { readonly root: CID; readonly blocks: readonly Block[] } {
  const blocks: Block[] = []
  const tree = new BalancedTree()
  for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes) {
    blocks.push(...leafBlocks(tree, bytes.subarray(start, start + chunkBytes)))
  }
  blocks.push(...tree.finish())
  return { root: rootOf(blocks.at(-1)), blocks }
}

/**
 * Writes a file from a stream: gives each block as soon as it is complete, children before their node, the root last.
 * The same blocks as {@link fileBlocks} in the profile `unixfs-v1-2025`, of a file of any size: held are one leaf and
 * the names in one unfinished node for each level. Chunks are copied, so the caller may use them again.
 *
 * @param chunks a stream of any chunk sizes, such as a `ReadableStream` or what `fs.createReadStream` gives
 * @returns the root's CID, which is also the CID of the last block
 * @example
 * for await (const block of writeFile(stream)) {
 *   await store.commit({ blocks: [block] })
 *   root = block.cid
 * }
 */
export async function* writeFile(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Block, CID, undefined> {
  const tree = new BalancedTree()
  let last: Block | undefined
  for await (const chunk of leaves(chunks)) {
    for (last of leafBlocks(tree, chunk)) yield last
  }
  for (last of tree.finish()) yield last
  return rootOf(last)
}

/** A leaf, after the nodes that are complete before it. */
function leafBlocks(tree: BalancedTree, bytes: Uint8Array): readonly Block[] {
  const leaf = rawBlock(bytes)
  return [...tree.add({ cid: leaf.cid, fileBytes: bytes.length, treeBytes: bytes.length }), leaf]
}

/** The same bytes in leaves of their own memory: all of 1 MiB but the last, and one at least. */
async function* leaves(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let leaf = new Uint8Array(chunkBytes)
  let filled = 0
  let isEmpty = true
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + chunkBytes - filled)
      leaf.set(part, filled)
      at += part.length
      filled += part.length
      if (filled < chunkBytes) continue
      yield leaf
      isEmpty = false
      leaf = new Uint8Array(chunkBytes)
      filled = 0
    }
  }
  if (filled > 0 || isEmpty) yield leaf.slice(0, filled)
}

function rootOf(last: Block | undefined): CID {
  if (!last) throw new Error('a file has at least one leaf')
  return last.cid
}
