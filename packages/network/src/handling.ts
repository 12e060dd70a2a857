import { error, type CID, type Result } from '@ipvm/ipld'
import { withDeadline } from './deadline.ts'
import type { Answer, IncomingRequest, Refusal } from './exchange.ts'
import { blockStreamsPerPeerMax, busyRetry, handlerWithin, requestsMax, requestsPerPeerMax } from './limits.ts'
import type { Peer, PeerName } from './peer.ts'
import type { NetworkWorld } from './world.ts'

/** Who answers what comes in, and how much of it is taken. */
export interface Handlers {
  readonly answer: (request: IncomingRequest) => Promise<Result<Answer, Refusal>>
  readonly block: (cid: CID, peer: Peer) => Promise<Uint8Array | undefined>
  /** The largest body of a request that is taken. */
  readonly bodyBytesMax: number
  readonly admitsBy: (peer: Peer, proof: Uint8Array) => Promise<boolean>
}

/** Lets in as many requests as can be worked at, of each peer and of all together, and ends what takes too long. */
export class Handling {
  readonly #world: NetworkWorld
  readonly #handlers: Handlers
  readonly #log: (line: string, cause?: unknown) => void
  readonly #underWay = new Map<PeerName, number>()
  readonly #blocks = new Map<PeerName, number>()
  #count = 0

  constructor(world: NetworkWorld, handlers: Handlers, log: (line: string, cause?: unknown) => void) {
    this.#world = world
    this.#handlers = handlers
    this.#log = log
  }

  /** Answers a request, or refuses it. Never rejects. */
  async answer(request: IncomingRequest): Promise<Result<Answer, Refusal>> {
    const { name } = request.from
    const { bodyBytesMax } = this.#handlers
    if (request.bytes.length > bodyBytesMax) return error(tooLarge(bodyBytesMax))
    if (this.#count >= requestsMax || (this.#underWay.get(name) ?? 0) >= requestsPerPeerMax) return error(busy)
    this.#count += 1
    add(this.#underWay, name, 1)
    try {
      return await this.#answered(request)
    } catch (cause) {
      this.#log(`the handler of a request of ${name} has thrown`, cause)
      return error({ ...busy, message: 'this node could not answer; try again later' })
    } finally {
      this.#count -= 1
      add(this.#underWay, name, -1)
    }
  }

  /** A block for a peer. More than a few side by side wait for nothing: they are told that it is not there. */
  async block(cid: CID, peer: Peer): Promise<Uint8Array | undefined> {
    if ((this.#blocks.get(peer.name) ?? 0) >= blockStreamsPerPeerMax * 4) return undefined
    add(this.#blocks, peer.name, 1)
    try {
      return await this.#handlers.block(cid, peer)
    } catch (cause) {
      this.#log(`block ${cid} could not be read for ${peer.name}`, cause)
      return undefined
    } finally {
      add(this.#blocks, peer.name, -1)
    }
  }

  /** Whether a peer may ask by what it brings. */
  async admitsBy(peer: Peer, proof: Uint8Array): Promise<boolean> {
    try {
      return await this.#handlers.admitsBy(peer, proof)
    } catch (cause) {
      this.#log(`what ${peer.name} brought to be let in could not be judged`, cause)
      return false
    }
  }

  async #answered(request: IncomingRequest): Promise<Result<Answer, Refusal>> {
    const waiting = { within: handlerWithin, signal: request.signal }
    const ended = await withDeadline(this.#world, waiting, signal => this.#handlers.answer({ ...request, signal }))
    if ('done' in ended) return ended.done
    return error({ ...busy, message: 'it took too long; ask again, what was done is not done twice' })
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

const busy: Refusal = {
  name: 'Busy',
  message: 'this node has too much to do; try again later',
  retryAfter: busyRetry,
}

function tooLarge(bytesMax: number): Refusal {
  const message = `a request has at most ${bytesMax} bytes here; put what is larger under its name first`
  return { name: 'TooLarge', message }
}
