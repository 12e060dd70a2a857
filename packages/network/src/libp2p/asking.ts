import { error, ok, type Result, type Value } from '@ipvm/ipld'
import type { Stream } from '@libp2p/interface'
import type { Answer, Body, BodyType, Pending, RequestOptions } from '../exchange.ts'
import { networkFailure, printed, type NetworkFailure } from '../failure.ts'
import { frameBodyBytes } from '../limits.ts'
import type { PeerName } from '../peer.ts'
import { FrameError, FrameWriter, readFrames } from './frames.ts'
import { Assembly, isBodyType, pendingValue, readPending, word } from './words.ts'

type Outcome = Result<Answer, NetworkFailure>

/** A request that waits for its answer. */
interface Waited {
  readonly assembly: Assembly
  readonly limit: number
  readonly end: (outcome: Outcome) => void
  type: BodyType | undefined
  pending: readonly Pending[]
}

/**
 * Our requests to one peer, over one stream that stays open: to open one for each costs more than most answers do.
 * Bodies go in pieces, so that a large one does not hold up the others.
 */
export class Asking {
  readonly #stream: Stream
  readonly #writer: FrameWriter
  readonly #peer: () => PeerName
  readonly #garbled: () => void
  readonly #waited = new Map<number, Waited>()
  #number = 0
  #isLost = false

  constructor(stream: Stream, peer: () => PeerName, garbled: () => void) {
    this.#stream = stream
    this.#writer = new FrameWriter(stream)
    this.#peer = peer
    this.#garbled = garbled
  }

  hello(record: Uint8Array): Promise<void> {
    return this.#writer.write([word.hello, 0, record])
  }

  prove(proof: Uint8Array): Promise<void> {
    return this.#writer.write([word.prove, 0, proof])
  }

  /** Reads answers until the stream ends. */
  async read(): Promise<void> {
    try {
      for await (const frame of readFrames(this.#stream)) if (!this.#take(frame)) throw new FrameError('Garbage')
    } catch (thrown) {
      if (thrown instanceof FrameError && thrown.problem === 'Garbage') {
        this.#garbled()
        this.#lose('MalformedAnswer')
      }
    } finally {
      this.#lose('Cut')
      this.#stream.abort(new Error('no more answers come'))
    }
  }

  async request({ type, bytes }: Body, options: Required<RequestOptions>, signal: AbortSignal): Promise<Outcome> {
    if (this.#isLost) return error(networkFailure('Unreachable', this.#peer()))
    this.#number += 1
    const number = this.#number
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const limit = options.answerBytesMax
    this.#waited.set(number, { assembly: new Assembly(limit), limit, end: resolve, type: undefined, pending: [] })
    const cancel = () => void this.#writer.write([word.cancel, number]).catch(() => undefined)
    signal.addEventListener('abort', cancel)
    try {
      const first = bytes.subarray(0, frameBodyBytes)
      await this.#writer.write([word.ask, number, type, Math.round(options.wait), first.length === bytes.length, first])
      await this.#writeRest(number, bytes, signal)
      return await promise
    } catch (thrown) {
      if (thrown instanceof FrameError) return error(networkFailure('Cut', this.#peer(), { sent: true }))
      throw thrown
    } finally {
      signal.removeEventListener('abort', cancel)
      this.#waited.delete(number)
    }
  }

  close(): void {
    this.#lose('Cut')
    void this.#stream.close().catch(() => undefined)
  }

  async #writeRest(number: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    for (let at = frameBodyBytes; at < bytes.length && !signal.aborted; at += frameBodyBytes) {
      const piece = bytes.subarray(at, at + frameBodyBytes)
      await this.#writer.write([word.more, number, at + piece.length === bytes.length, piece])
    }
  }

  /** Takes a frame; false where it is none that answers. One about a request that nobody waits for is passed over. */
  #take(frame: readonly Value[]): boolean {
    const [kind, number, ...rest] = frame
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) return false
    const waited = this.#waited.get(number)
    if (kind === word.refuse) return this.#refused(waited, rest)
    if (kind === word.answer) {
      const [type, pending, isLast, bytes] = rest
      const read = readPending(pending)
      if (!isBodyType(type) || !read) return false
      if (waited) {
        waited.type = type
        waited.pending = read
      }
      return this.#add(number, waited, isLast, bytes)
    }
    const [isLast, bytes] = rest
    return kind === word.more && this.#add(number, waited, isLast, bytes)
  }

  #add(number: number, waited: Waited | undefined, isLast: Value | undefined, bytes: Value | undefined): boolean {
    if (typeof isLast !== 'boolean' || !(bytes instanceof Uint8Array)) return false
    if (!waited) return true
    if (!waited.assembly.add(bytes)) {
      void this.#writer.write([word.cancel, number]).catch(() => undefined)
      waited.end(error(networkFailure('TooLarge', this.#peer(), { sent: true, limit: waited.limit })))
      this.#waited.delete(number)
      return true
    }
    if (!isLast) return true
    const { type, pending, assembly } = waited
    if (!type) return false
    waited.end(ok({ type, bytes: assembly.whole(), ...(pending.length > 0 && { pending }) }))
    return true
  }

  #refused(waited: Waited | undefined, [name, message, retryAfter]: readonly Value[]): boolean {
    if (typeof message !== 'string' || typeof retryAfter !== 'number' || retryAfter < 0) return false
    if (name !== 'Refused' && name !== 'Busy' && name !== 'TooLarge') return false
    const more = { sent: true, message: `${this.#peer()} refused: ${printed(message)}` }
    waited?.end(error(networkFailure(name, this.#peer(), name === 'Busy' ? { ...more, retryAfter } : more)))
    return true
  }

  #lose(problem: 'Cut' | 'MalformedAnswer'): void {
    this.#isLost = true
    const failure = networkFailure(problem, this.#peer(), { sent: true })
    for (const { end } of this.#waited.values()) end(error(failure))
    this.#waited.clear()
  }
}

/** An answer in frames. */
export function* answerFrames(number: number, { type, bytes, pending = [] }: Answer): Generator<readonly Value[]> {
  const first = bytes.subarray(0, frameBodyBytes)
  yield [word.answer, number, type, pendingValue(pending), first.length === bytes.length, first]
  for (let at = frameBodyBytes; at < bytes.length; at += frameBodyBytes) {
    const piece = bytes.subarray(at, at + frameBodyBytes)
    yield [word.more, number, at + piece.length === bytes.length, piece]
  }
}
