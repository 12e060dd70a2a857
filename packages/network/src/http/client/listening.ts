import { reconnectWaits, streamSilenceMax } from '../../limits.ts'
import type { NetworkWorld } from '../../world.ts'
import { EventParser, type SseEvent } from '../sse.ts'

/** What a listening needs of its connection. */
export interface ListeningContext {
  readonly world: NetworkWorld
  /** Opens the event stream anew; what it throws is an attempt that failed. */
  readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>
  readonly heard: (event: SseEvent) => Promise<void>
  /** What came is no stream of events. */
  readonly garbled: () => void
  /** It is there no more, and is looked for. */
  readonly lost: () => void
}

interface Opened {
  readonly body: ReadableStream<Uint8Array>
  readonly controller: AbortController
}

/**
 * An event stream of a peer that is opened again whenever it is lost, after waits that grow, until it is closed. Silence
 * is a loss, too: a peer that is there says so every few seconds.
 */
export class Listening {
  readonly #context: ListeningContext
  /** The stream that counts; one before it may still be read. */
  #current: Opened | undefined
  #isRenewing = false
  /** What is listened to has changed since the stream was asked for. */
  #isStale = false
  #isClosed = false
  #wake = () => {}

  constructor(context: ListeningContext) {
    this.#context = context
  }

  /** Opens the stream; throws where that fails. From then on it is kept open. */
  async start(signal: AbortSignal): Promise<void> {
    const stream = await this.#open(signal)
    void this.#keep(stream)
  }

  /** Opens it once more, as what is listened to has changed; the old one is read until the new one is there. */
  async again(): Promise<void> {
    this.#isStale = true
    if (this.#isRenewing || !this.#current) return
    this.#isRenewing = true
    while (this.#isStale && this.#current) {
      const before = this.#current
      const stream = await this.#open().catch(() => undefined)
      // Where it cannot be opened, the old one is soon lost as well, and the next one knows.
      if (!stream) break
      this.#current = stream
      before.controller.abort()
      void this.#keep(stream)
    }
    this.#isRenewing = false
  }

  close(): void {
    this.#isClosed = true
    this.#current?.controller.abort()
    this.#wake()
  }

  async #open(signal?: AbortSignal): Promise<Opened> {
    const controller = new AbortController()
    const abort = () => controller.abort()
    signal?.addEventListener('abort', abort)
    this.#isStale = false
    try {
      const body = await this.#context.open(controller.signal)
      if (this.#isClosed || controller.signal.aborted) {
        await body.cancel()
        throw new DOMException('nobody listens any more', 'AbortError')
      }
      return { body, controller }
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Reads a stream, and opens the next one where it was not replaced. */
  async #keep(stream: Opened): Promise<void> {
    this.#current = stream
    if (this.#isStale) void this.again()
    await this.#read(stream)
    if (this.#isClosed || this.#current !== stream) return
    this.#current = undefined
    this.#context.lost()
    const [first, longest] = reconnectWaits
    for (let wait: number = first; !this.#isClosed; wait = Math.min(longest, wait * 2)) {
      // Spread out, so that not everyone is back in the same moment.
      const share = (this.#context.world.random(1)[0] ?? 0) / 255
      await this.#sleep(wait * (0.5 + share / 2))
      const next = this.#isClosed ? undefined : await this.#open().catch(() => undefined)
      if (next) return this.#keep(next)
    }
  }

  async #read({ body, controller }: Opened): Promise<void> {
    const parser = new EventParser()
    const reader = body.getReader()
    const stop = () => {
      controller.abort()
      void reader.cancel().catch(() => undefined)
    }
    controller.signal.addEventListener('abort', stop)
    try {
      for (;;) {
        const cancel = this.#context.world.after(streamSilenceMax, stop)
        const { done, value } = await reader.read().finally(cancel)
        if (done) return
        const events = parser.push(value)
        if ('error' in events) return this.#context.garbled()
        for (const event of events.ok) await this.#context.heard(event)
      }
    } catch {
      // Lost: it is opened again.
    } finally {
      controller.signal.removeEventListener('abort', stop)
      stop()
    }
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#context.world.after(milliseconds, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
