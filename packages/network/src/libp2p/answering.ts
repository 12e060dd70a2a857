import { error, type Result, type Value } from '@ipvm/ipld'
import type { Stream } from '@libp2p/interface'
import type { Answer, BodyType, Refusal } from '../exchange.ts'
import { assembledBytesMax, busyRetry, helloBytesMax, proofBytesMax, requestsPerPeerMax, waitMax } from '../limits.ts'
import type { Peer } from '../peer.ts'
import type { Host } from '../transport.ts'
import { answerFrames } from './asking.ts'
import { FrameError, FrameWriter, readFrames } from './frames.ts'
import { Assembly, isBodyType, word } from './words.ts'

/** A request that comes in, or is being answered. */
interface Incoming {
  readonly type: BodyType
  readonly wait: number
  readonly assembly: Assembly
  readonly controller: AbortController
  isWhole: boolean
}

/** What an answering needs of who is met. */
export interface Meeting {
  /** Takes the record of the first frame, and gives who that is. */
  readonly met: (record: Uint8Array) => Promise<Peer>
  /** Takes what a peer brings so that it may ask; what comes behind it waits for that. */
  readonly proven: (proof: Uint8Array) => Promise<void>
}

/** Answers what one peer asks over its stream of requests. */
export class Answering {
  readonly #stream: Stream
  readonly #writer: FrameWriter
  readonly #host: Host
  readonly #incoming = new Map<number, Incoming>()
  #assembled = 0
  readonly #isAdmitted: () => boolean
  #peer: Peer

  /** @param isAdmitted whether this peer is dealt with now */
  constructor(stream: Stream, host: Host, peer: Peer, isAdmitted: () => boolean) {
    this.#stream = stream
    this.#writer = new FrameWriter(stream)
    this.#host = host
    this.#peer = peer
    this.#isAdmitted = isAdmitted
  }

  /** Reads requests until the stream ends. */
  async read({ met, proven }: Meeting): Promise<void> {
    let isMet = false
    let isProven = false
    try {
      for await (const frame of readFrames(this.#stream, helloBytesMax)) {
        if (isMet && frame[0] === word.prove) {
          const [, , proof] = frame
          if (isProven || !(proof instanceof Uint8Array) || proof.length > proofBytesMax)
            throw new FrameError('Garbage')
          isProven = true
          await proven(proof)
          continue
        }
        if (isMet) {
          if (!this.#take(frame)) throw new FrameError('Garbage')
          continue
        }
        const [kind, , record] = frame
        if (kind !== word.hello || !(record instanceof Uint8Array)) throw new FrameError('Garbage')
        this.#peer = await met(record)
        isMet = true
      }
      // Both sides have to close a stream, or it counts as open.
      await this.#stream.close()
    } catch (thrown) {
      if (thrown instanceof FrameError && thrown.problem === 'Garbage') this.#host.misbehaved(this.#peer, 'Garbage')
      this.#stream.abort(new Error('no more requests are read'))
    } finally {
      for (const { controller } of this.#incoming.values()) controller.abort()
      this.#incoming.clear()
    }
  }

  #take(frame: readonly Value[]): boolean {
    const [kind, number, ...rest] = frame
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) return false
    if (kind === word.cancel) {
      this.#end(number)?.controller.abort()
      return true
    }
    if (kind === word.more) {
      const [isLast, bytes] = rest
      return this.#add(number, isLast, bytes)
    }
    const [type, wait, isLast, bytes] = rest
    if (kind !== word.ask || !isBodyType(type) || typeof wait !== 'number' || wait < 0) return false
    if (this.#incoming.has(number)) return false
    if (!this.#isAdmitted()) {
      this.#refuse(number, notAdmitted)
      return true
    }
    if (this.#incoming.size >= requestsPerPeerMax * 2) {
      this.#refuse(number, tooMany)
      return true
    }
    const one = { type, wait: Math.min(wait, waitMax), assembly: new Assembly(this.#host.bodyBytesMax), isWhole: false }
    this.#incoming.set(number, { ...one, controller: new AbortController() })
    return this.#add(number, isLast, bytes)
  }

  /** One more piece. Of a request that was refused or called off, the rest is passed over. */
  #add(number: number, isLast: Value | undefined, bytes: Value | undefined): boolean {
    if (typeof isLast !== 'boolean' || !(bytes instanceof Uint8Array)) return false
    const one = this.#incoming.get(number)
    if (!one) return true
    if (one.isWhole) return false
    this.#assembled += bytes.length
    if (!one.assembly.add(bytes) || this.#assembled > assembledBytesMax) {
      this.#end(number)
      this.#refuse(number, this.#assembled > assembledBytesMax ? tooMany : tooLarge(this.#host))
      return true
    }
    if (isLast) void this.#answer(number, one)
    return true
  }

  async #answer(number: number, one: Incoming): Promise<void> {
    one.isWhole = true
    const { type, wait, assembly, controller } = one
    const request = { type, wait, bytes: assembly.whole(), from: this.#peer, signal: controller.signal }
    const answer: Result<Answer, Refusal> = this.#host.welcomes(this.#peer)
      ? await this.#host.answer(request)
      : error(setAside)
    this.#end(number)
    if (controller.signal.aborted) return
    if ('error' in answer) return this.#refuse(number, answer.error)
    try {
      for (const frame of answerFrames(number, answer.ok)) {
        if (controller.signal.aborted) return
        await this.#writer.write(frame)
      }
    } catch {
      // Lost: who asked sees that as well.
    }
  }

  #end(number: number): Incoming | undefined {
    const one = this.#incoming.get(number)
    this.#incoming.delete(number)
    this.#assembled -= one?.assembly.length ?? 0
    return one
  }

  #refuse(number: number, { name, message, retryAfter = busyRetry }: Refusal): void {
    const frame = [word.refuse, number, name, message.slice(0, 2000), Math.round(retryAfter)]
    void this.#writer.write(frame).catch(() => undefined)
  }
}

const setAside: Refusal = {
  name: 'Refused',
  message: 'this node has set you aside for a while, since you misbehaved',
}

const notAdmitted: Refusal = {
  name: 'Refused',
  message: 'this node deals only with peers that it knows by their DID; ask its owner for an invitation',
}

const tooMany: Refusal = { name: 'Busy', message: 'too much is asked at once; try again later', retryAfter: busyRetry }

function tooLarge({ bodyBytesMax }: Host): Refusal {
  return { name: 'TooLarge', message: `a request has at most ${bodyBytesMax} bytes here` }
}
