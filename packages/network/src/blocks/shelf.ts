import type { Block, CID } from '@ipvm/ipld'

/** Where blocks are kept as they come. What it holds is trusted; what is put into it was verified. */
export interface BlockShelf {
  /** A block that is there already. */
  block(cid: CID): Promise<Uint8Array | undefined>
  /** Keeps blocks. The next ones are read when this resolves. */
  put(blocks: readonly Block[]): Promise<void>
}
