import {
  CID,
  cidKey,
  codec,
  decode,
  error,
  linksOf,
  ok,
  readBlock,
  readCar,
  readFile,
  StreamError,
  type Failure,
  type Result,
  type Value,
} from '@ipvm/ipld'
import type { NetworkFailure } from '@ipvm/network'
import { media } from '@ipvm/network/http/client'
import type { Receipt } from '@ipvm/ucan/receipt'
import { answerWithin } from '../limits.ts'
import type { Link } from '../node/link.ts'

/** Blocks that are at hand, by their keys. */
type Held = Map<string, Uint8Array>

/** The content behind a CID: of a file its bytes, of another block the block. Every block of it is verified. */
export async function getContent(link: Link, cid: CID, signal: AbortSignal): Promise<Result<Uint8Array, Failure>> {
  const held: Held = new Map()
  let failure: NetworkFailure | undefined
  const getBlock = async (name: CID): Promise<Uint8Array | undefined> => {
    const known = held.get(cidKey(name)) ?? link.shelf.get(name)
    if (known) return known
    const got = await link.remote.block(name, { within: answerWithin, signal })
    if ('error' in got) failure = got.error
    return 'ok' in got ? got.ok : undefined
  }
  const first = await readBlock(cid, getBlock)
  if ('ok' in first && cid.code === codec.dagPb) {
    held.set(cidKey(cid), first.ok)
    // All of it in one stream; what does not come that way is asked for by its name.
    if (linksOf({ cid, bytes: first.ok }).some(name => !link.shelf.get(name))) await holdAll(link, cid, signal, held)
  }
  const content = 'error' in first || cid.code !== codec.dagPb ? first : await readFile(cid, getBlock)
  if ('error' in content && content.error.name === 'MissingBlock') {
    return error(
      failure ?? { ...content.error, message: `${link.address} does not have ${cid}, or gives it not to you` },
    )
  }
  return content
}

/** Takes the blocks of a CAR as far as it comes. Each is what its name says, and what it is not wanted for stays unread. */
async function holdAll(link: Link, cid: CID, signal: AbortSignal, held: Held): Promise<void> {
  try {
    const headers = { accept: media.car }
    const body = await link.remote.stream(
      { path: `ipfs/${cid}?format=car`, headers, proof: ['/block/get', { cid }] },
      signal,
    )
    const car = await readCar(chunksOf(body))
    if ('error' in car) return
    for await (const block of car.ok.blocks) held.set(cidKey(block.cid), block.bytes)
  } catch (thrown) {
    if (!(thrown instanceof StreamError || thrown instanceof TypeError || signal.aborted)) throw thrown
  }
}

/** Not every browser iterates over its streams. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The value of a receipt: where it is large it is in a block of its own, or a file, which is fetched (design § Large values). */
export async function readValue(
  link: Link,
  { out }: Pick<Receipt, 'out'>,
  signal: AbortSignal,
): Promise<Result<Value, Failure>> {
  if ('error' in out) return error(out.error)
  const value = out.ok
  if (!(value instanceof CID)) return ok(value)
  const content = await getContent(link, value, signal)
  if ('error' in content || value.code !== codec.dagCbor) return content
  return decode(content.ok)
}
