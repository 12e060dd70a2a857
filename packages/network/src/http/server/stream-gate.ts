import type { Context } from 'hono'
import { never } from '../../deadline.ts'
import { comeAgainAfter, httpStreamsMax, httpStreamsPerPeerMax } from '../../limits.ts'
import type { Peer, PeerName } from '../../peer.ts'
import type { NetworkWorld } from '../../world.ts'
import { streamOf } from '../body.ts'
import { media } from '../media.ts'
import { refusalResponse } from '../refuse.ts'
import { comeAgain } from '../sse.ts'

/** Lets in as many event streams as can be served, of each peer and of all together. */
export class StreamGate {
  readonly #open = new Map<PeerName, number>()
  readonly #world: Pick<NetworkWorld, 'after'>
  readonly #closing: AbortSignal
  #count = 0

  /** @param closing ends every stream, and asks who reads it to come again */
  constructor(world: Pick<NetworkWorld, 'after'>, closing: AbortSignal = never) {
    this.#world = world
    this.#closing = closing
  }

  /** A stream of events for a peer, or what to answer where there is none of it. */
  async stream(
    { name }: Peer,
    c: Context,
    open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array> | undefined>,
    none: () => Response,
  ): Promise<Response> {
    if (this.#count >= httpStreamsMax || (this.#open.get(name) ?? 0) >= httpStreamsPerPeerMax) {
      return refusalResponse({ name: 'Busy', message: 'too many event streams; close some, or try again later' })
    }
    const controller = new AbortController()
    this.#add(name, 1)
    let isOpen = true
    const close = () => {
      if (!isOpen) return
      isOpen = false
      this.#add(name, -1)
      controller.abort()
    }
    c.req.raw.signal.addEventListener('abort', close)
    const chunks = await open(controller.signal)
    if (chunks && c.req.method !== 'HEAD') {
      return new Response(streamOf(untilClosing(chunks, this.#closing), this.#world, close), { headers })
    }
    close()
    return chunks ? new Response(null, { headers }) : none()
  }

  #add(name: PeerName, change: number): void {
    this.#count += change
    const count = (this.#open.get(name) ?? 0) + change
    if (count > 0) this.#open.set(name, count)
    else this.#open.delete(name)
  }
}

/** What there is until the server ends, and then when to come again: by `Last-Event-ID` nothing is missed. */
async function* untilClosing(chunks: AsyncIterable<Uint8Array>, closing: AbortSignal): AsyncGenerator<Uint8Array> {
  const ended = Promise.withResolvers<'closing'>()
  const end = () => ended.resolve('closing')
  closing.addEventListener('abort', end)
  if (closing.aborted) end()
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const came = await Promise.race([iterator.next(), ended.promise])
      if (came === 'closing') {
        yield utf8.encode(comeAgain(comeAgainAfter))
        return
      }
      if (came.done) return
      yield came.value
    }
  } finally {
    closing.removeEventListener('abort', end)
    void iterator.return?.()
  }
}

const utf8 = new TextEncoder()

const headers = {
  'content-type': media.events,
  'cache-control': 'no-store',
  // Proxies that gather answers would hold the events back.
  'x-accel-buffering': 'no',
}
