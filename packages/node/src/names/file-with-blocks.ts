import { readFile, type Block, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'

/** A file, and its blocks. */
export interface FileWithBlocks {
  readonly bytes: Uint8Array
  /** All its blocks, verified. */
  readonly blocks: readonly Block[]
  /** Those that were brought. */
  readonly brought: readonly Block[]
}

/** Reads a file out of blocks that were brought, and where they lack one out of the store. */
export async function fileWithBlocks(
  root: CID,
  brought: readonly Block[],
  store: Store,
): Promise<Result<FileWithBlocks, Failure>> {
  const byName = new Map(brought.map(block => [block.cid.toString(), block.bytes]))
  const blocks = new Map<string, Block>()
  const file = await readFile(root, async cid => {
    const bytes = byName.get(cid.toString()) ?? (await store.block(cid))
    if (bytes) blocks.set(cid.toString(), { cid, bytes })
    return bytes
  })
  if ('error' in file) return file
  const read = [...blocks.values()]
  const came = read.filter(({ cid }) => byName.has(cid.toString()))
  return { ok: { bytes: file.ok, blocks: read, brought: came } }
}
