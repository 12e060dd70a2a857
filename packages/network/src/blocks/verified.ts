import { cidKey, isNamedBy, limits, type Block, type CID } from '@ipvm/ipld'
import { networkFailure, streamError } from '../failure.ts'
import type { Misdeed } from '../ledger.ts'
import type { PeerName } from '../peer.ts'

/** What a peer brought, verified: its own, and what to say of it where it was a lie. */
export interface Verification {
  readonly peer: PeerName
  readonly misbehaved: (misdeed: Misdeed) => void
}

/**
 * The blocks of a stream that were wanted and are what their names say, each once. The first lie ends the stream: who
 * sends one wrong block is not asked for another.
 *
 * @throws StreamError with `MalformedAnswer`
 */
export async function* verifiedBlocks(
  blocks: AsyncIterable<Block>,
  wanted: readonly CID[],
  { peer, misbehaved }: Verification,
): AsyncGenerator<Block, void, undefined> {
  const open = new Map(wanted.map(cid => [cidKey(cid), cid]))
  if (open.size === 0) return
  for await (const { cid, bytes } of blocks) {
    const key = cidKey(cid)
    const name = open.get(key)
    const lie = !name ? 'UnwantedBlock' : bytes.length > limits.blockBytesMax ? 'WrongSize' : undefined
    const misdeed = lie ?? (name && isNamedBy(name, bytes) ? undefined : 'WrongBlock')
    if (misdeed || !name) {
      misbehaved(misdeed ?? 'WrongBlock')
      const message = `${peer} sent ${sentences[misdeed ?? 'WrongBlock']} ${cid}; it was not kept`
      throw streamError(networkFailure('MalformedAnswer', peer, { sent: true, message }))
    }
    open.delete(key)
    yield { cid: name, bytes }
    if (open.size === 0) return
  }
}

const sha256Code = 0x12

/** Whether bytes can be held against a name: only sha2-256 can, so nothing else is asked for. */
export function isVerifiable(cid: CID): boolean {
  return cid.multihash.code === sha256Code
}

const sentences = {
  UnwantedBlock: 'a block that nobody asked for,',
  WrongSize: 'too many bytes as block',
  WrongBlock: 'other bytes as block',
} as const
