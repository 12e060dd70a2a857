import { rawBlock, type Block } from '../block.ts'
import type { CID } from '../cid.ts'
import { chunkBytes, nodeLinksMax } from '../limits.ts'
import { fileNodeBlock, type Subtree } from './node.ts'

/**
 * The blocks of a file in the profile `unixfs-v1-2025` (IPIP-499): CIDv1, raw leaves of 1 MiB, balanced, 1,024 links
 * a node. A file of one chunk is that raw block. The leaves are views of `bytes`.
 */
export function fileBlocks(bytes: Uint8Array): { readonly root: CID; readonly blocks: readonly Block[] } {
  const blocks: Block[] = []
  let level: Subtree[] = []
  for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes) {
    const leaf = rawBlock(bytes.subarray(start, start + chunkBytes))
    blocks.push(leaf)
    level.push({ cid: leaf.cid, fileBytes: leaf.bytes.length, treeBytes: leaf.bytes.length })
  }
  while (level.length > 1) {
    const parents: Subtree[] = []
    for (let start = 0; start < level.length; start += nodeLinksMax) {
      const node = fileNodeBlock(level.slice(start, start + nodeLinksMax))
      blocks.push({ cid: node.cid, bytes: node.bytes })
      parents.push(node)
    }
    level = parents
  }
  const [root] = level
  if (!root) throw new Error('a file has at least one leaf')
  return { root: root.cid, blocks }
}
