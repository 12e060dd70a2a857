import type { Peer, PeerName } from '../../peer.ts'
import { asksPerPeerMax } from '../../limits.ts'
import type { NetworkWorld } from '../../world.ts'
import { FetchFailed, type Fetch, type FetchInit } from '../client/fetcher.ts'
import { askEvent } from '../session.ts'
import { writeEvent } from '../sse.ts'
import type { TopicHub } from './topic-hub.ts'

/** Something that a peer is asked, until it answers. */
interface Held {
  readonly peer: PeerName
  readonly body: FetchInit['body']
  readonly answered: (response: Response) => void
  readonly failed: (failure: FetchFailed) => void
}

/**
 * What those are asked who only ask (ADR 136): each is told of it by the stream that it holds open, gets what is asked by
 * a name that nobody else knows, and brings the answer under the same.
 */
export class Asks {
  readonly #hub: TopicHub
  readonly #world: Pick<NetworkWorld, 'random'>
  readonly #held = new Map<string, Held>()

  constructor(hub: TopicHub, world: Pick<NetworkWorld, 'random'>) {
    this.#hub = hub
    this.#world = world
  }

  /** By what a peer is asked, its name being its address; undefined where it holds no stream by which it can be. */
  fetchOf(peer: PeerName): Fetch | undefined {
    if (!this.#hub.answering(peer)) return undefined
    return (url, init) => this.#ask(peer, url.slice(peer.length), init)
  }

  /** What is asked under a name; undefined where nobody waits for it. */
  get(id: string): Pick<Held, 'body' | 'answered'> | undefined {
    return this.#held.get(id)
  }

  /** A peer has gone: nothing comes of what it was asked. */
  went({ name }: Peer): void {
    for (const { peer, failed } of this.#held.values()) {
      if (peer === name) failed(new FetchFailed('Cut', true, `${peer} went before it answered`))
    }
  }

  async #ask(peer: PeerName, path: string, { method, headers, body, signal }: FetchInit): Promise<Response> {
    const stream = this.#hub.answering(peer)
    if (!stream) throw new FetchFailed('Unreachable', false, `${peer} has gone`)
    const underWay = [...this.#held.values()].filter(held => held.peer === peer).length
    const id = Array.from(this.#world.random(16), byte => byte.toString(16).padStart(2, '0')).join('')
    const data = JSON.stringify({ id, method, path, headers })
    if (underWay >= asksPerPeerMax || !stream.send(writeEvent({ event: askEvent, data }))) {
      throw new FetchFailed('Busy', false, `${peer} is asked too much already; try again later`)
    }
    const { promise, resolve: answered, reject: failed } = Promise.withResolvers<Response>()
    const abort = () => failed(new FetchFailed('Aborted', true, `${peer} was not waited for any longer`))
    this.#held.set(id, { peer, body, answered, failed })
    signal.addEventListener('abort', abort)
    try {
      return await promise
    } finally {
      this.#held.delete(id)
      signal.removeEventListener('abort', abort)
    }
  }
}
