import {
  blockOf,
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
  type Block,
  type Failure,
  type Result,
  type Value,
} from '@ipvm/ipld'
import type { NetworkFailure } from '@ipvm/network'
import { media } from '@ipvm/network/http/client'
import type { Receipt } from '@ipvm/ucan/receipt'
import { answerWithin } from '../limits.ts'
import type { Link } from '../node/link.ts'

/** Blocks that are at hand, by their keys; unverified. */
type Held = Map<string, Uint8Array>

/** The content behind a CID: of a file its bytes, of another block the block. Every block of it is verified. */
export async function getContent(link: Link, cid: CID, signal: AbortSignal): Promise<Result<Uint8Array, Failure>> {
  const source = new Source(link, signal)
  const first = await source.block(cid)
  if ('error' in first || cid.code !== codec.dagPb) return first
  await source.hurry({ cid, bytes: first.ok })
  const content = await readFile(cid, name => source.bytes(name))
  return 'error' in content ? error(source.failure(cid, content.error)) : content
}

/** The blocks that a value links to, and all below them, verified. */
export async function getLinked(
  link: Link,
  value: Value,
  signal: AbortSignal,
): Promise<Result<readonly Block[], Failure>> {
  const source = new Source(link, signal)
  const found = new Map<string, Block>()
  const pending = [...linksOf(blockOf(value))]
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (found.has(cidKey(cid))) continue
    const bytes = await source.block(cid)
    if ('error' in bytes) return bytes
    const block = { cid, bytes: bytes.ok }
    found.set(cidKey(cid), block)
    if (cid.code === codec.dagPb) await source.hurry(block)
    pending.push(...linksOf(block))
  }
  return ok([...found.values()])
}

/** Where blocks come from: what came along with answers, what came in a stream, or one by one. */
class Source {
  readonly #link: Link
  readonly #signal: AbortSignal
  readonly #held: Held = new Map()
  #failure: NetworkFailure | undefined

  constructor(link: Link, signal: AbortSignal) {
    this.#link = link
    this.#signal = signal
  }

  /** A block, unverified. */
  async bytes(cid: CID): Promise<Uint8Array | undefined> {
    const known = this.#held.get(cidKey(cid)) ?? this.#link.shelf.get(cid)
    if (known) return known
    const got = await this.#link.remote.block(cid, { within: answerWithin, signal: this.#signal })
    if ('error' in got) this.#failure = got.error
    return 'ok' in got ? got.ok : undefined
  }

  /** A block, verified. */
  async block(cid: CID): Promise<Result<Uint8Array, Failure>> {
    const read = await readBlock(cid, name => this.bytes(name))
    return 'error' in read ? error(this.failure(cid, read.error)) : read
  }

  /** Takes all of a file in one stream, where more than its root is needed; what does not come so is asked for by its name. */
  async hurry(root: Block): Promise<void> {
    const isAtHand = (cid: CID) => this.#held.has(cidKey(cid)) || this.#link.shelf.get(cid) !== undefined
    this.#held.set(cidKey(root.cid), root.bytes)
    if (!linksOf(root).every(isAtHand)) await holdAll(this.#link, root.cid, this.#signal, this.#held)
  }

  /** Why something could not be read: what the node said, where it said something. */
  failure(cid: CID, failure: Failure): Failure {
    if (failure.name !== 'MissingBlock') return failure
    const message = `${this.#link.address} does not have ${cid}, or gives it not to you`
    return this.#failure ?? { ...failure, message }
  }
}

/** Takes the blocks of a CAR as far as it comes. They are verified when they are read, and what is not wanted stays unread. */
async function holdAll(link: Link, cid: CID, signal: AbortSignal, held: Held): Promise<void> {
  try {
    const headers = { accept: media.car }
    const body = await link.remote.stream(
      { path: `ipfs/${cid}?format=car`, headers, proof: ['/block/get', { cid }] },
      signal,
    )
    const car = await readCar(chunksOf(body), { isNamedBy: () => true })
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
