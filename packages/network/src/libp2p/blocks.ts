import { CID, type Block } from '@ipvm/ipld'
import type { Stream } from '@libp2p/interface'
import { withDeadline } from '../deadline.ts'
import type { Waiting } from '../exchange.ts'
import { networkFailure, streamError } from '../failure.ts'
import { wantsMax } from '../limits.ts'
import type { Peer, PeerName } from '../peer.ts'
import type { Host } from '../transport.ts'
import type { NetworkWorld } from '../world.ts'
import { FrameError, FrameWriter, readFrames } from './frames.ts'

/**
 * Blocks over a stream of their own, which lets the other side wait while they are not read: `[cid, …]` there, then
 * `[cid, bytes]` for each that it has.
 */
export async function* askBlocks(
  stream: Stream,
  cids: readonly CID[],
  peer: PeerName,
  waiting: Required<Waiting>,
  world: Pick<NetworkWorld, 'after'>,
): AsyncGenerator<Block, void, undefined> {
  const frames = readFrames(stream)
  try {
    await new FrameWriter(stream).write(cids)
    void stream.close().catch(() => undefined)
    for (;;) {
      const ended = await withDeadline(world, waiting, () => frames.next())
      if ('late' in ended) throw streamError(networkFailure(ended.late, peer, { sent: true }))
      if (ended.done.done) return
      const [cid, bytes] = ended.done.value
      if (!(cid instanceof CID && bytes instanceof Uint8Array)) throw new FrameError('Garbage')
      yield { cid, bytes }
    }
  } catch (thrown) {
    if (!(thrown instanceof FrameError)) throw thrown
    throw streamError(networkFailure(thrown.problem === 'Cut' ? 'Cut' : 'MalformedAnswer', peer, { sent: true }))
  } finally {
    // Aborted unless it was read to its end: the other side is not to go on.
    stream.abort(new Error('no more blocks are read'))
  }
}

/** Gives the blocks that are wanted over a stream. */
export async function serveBlocks(stream: Stream, peer: Peer, host: Host): Promise<void> {
  try {
    const frames = readFrames(stream)
    const wanted = await frames.next()
    const cids = wanted.done ? [] : wanted.value.filter(item => item instanceof CID)
    if (wanted.done || cids.length !== wanted.value.length || cids.length > wantsMax) throw new FrameError('Garbage')
    const writer = new FrameWriter(stream)
    for (const cid of cids) {
      if (!host.welcomes(peer) || stream.status !== 'open') break
      const bytes = await host.block(cid, peer)
      if (bytes) await writer.write([cid, bytes])
    }
    await stream.close()
  } catch (thrown) {
    if (thrown instanceof FrameError && thrown.problem === 'Garbage') host.misbehaved(peer, 'Garbage')
    stream.abort(new Error('no more blocks are given'))
  }
}
