import { streamBytesWaitingMax } from '../../limits.ts'
import type { Peer, PeerName } from '../../peer.ts'
import type { Verdict } from '../../topic/topics.ts'
import { toBase64 } from '../base64.ts'
import { heartbeat, writeEvent, type SseEvent } from '../sse.ts'

const utf8 = new TextEncoder()

/** What topics over HTTP need of the node. */
export interface TopicHubContext {
  /** Whether this peer is listened to at all now. */
  readonly welcomes: (peer: Peer) => boolean
  /** Whether a peer may hear a topic now. */
  readonly mayHear: (topic: string, peer: Peer) => boolean
  /** Takes a message that came in; what is accepted goes on to the others. */
  readonly message: (topic: string, bytes: Uint8Array, from: Peer) => Promise<Verdict>
  readonly came: (peer: Peer) => void
  readonly went: (peer: Peer) => void
  /** What a stream says first. */
  readonly hello: () => Promise<SseEvent>
}

/** One event stream of a peer: the topics that it takes part in, and what waits to be read. */
export class TopicStream {
  readonly peer: Peer
  readonly session: string | undefined
  readonly topics: ReadonlySet<string>
  /** Whether who holds it answers what it is asked by it. */
  readonly answers: boolean
  /** How many messages did not find room. */
  dropped = 0
  #waiting: Uint8Array[] = []
  #bytes = 0
  #isClosed = false
  #more = Promise.withResolvers<void>()

  constructor(peer: Peer, session: string | undefined, topics: Iterable<string>, answers = false) {
    this.peer = peer
    this.session = session
    this.topics = new Set(topics)
    this.answers = answers
  }

  /** Puts an event behind those that wait; false where there is no room and it is lost: topics are told at best. */
  send(text: string): boolean {
    const bytes = utf8.encode(text)
    if (this.#isClosed) return false
    if (this.#bytes + bytes.length > streamBytesWaitingMax) {
      this.dropped += 1
      return false
    }
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    this.#more.resolve()
    return true
  }

  /** Says that it is there, if nothing else is to be said. */
  beat(): void {
    if (this.#waiting.length === 0) this.send(heartbeat)
  }

  end(): void {
    this.#isClosed = true
    this.#more.resolve()
  }

  /** What is to be read, for as long as it is open. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#waiting.shift()
      if (chunk) {
        this.#bytes -= chunk.length
        yield chunk
        continue
      }
      if (this.#isClosed) return
      this.#more = Promise.withResolvers()
      await this.#more.promise
    }
  }
}

/** Who listens over HTTP, and to what. */
export class TopicHub {
  readonly context: TopicHubContext
  readonly #streams = new Set<TopicStream>()
  readonly #present = new Map<PeerName, number>()

  constructor(context: TopicHubContext) {
    this.context = context
  }

  open(stream: TopicStream): void {
    this.#streams.add(stream)
    const count = this.#present.get(stream.peer.name) ?? 0
    this.#present.set(stream.peer.name, count + 1)
    if (count === 0) this.context.came(stream.peer)
  }

  close(stream: TopicStream): void {
    if (!this.#streams.delete(stream)) return
    stream.end()
    const count = (this.#present.get(stream.peer.name) ?? 1) - 1
    this.#present.set(stream.peer.name, count)
    if (count > 0) return
    this.#present.delete(stream.peer.name)
    this.context.went(stream.peer)
  }

  /** Who has a stream open. */
  peers(): readonly Peer[] {
    return [...new Map([...this.#streams].map(({ peer }) => [peer.name, peer])).values()]
  }

  /** The newest stream by which a peer can be asked. One that has proven no name may be several. */
  answering(name: PeerName): TopicStream | undefined {
    return [...this.#streams].findLast(({ peer, answers }) => answers && peer.did !== undefined && peer.name === name)
  }

  disconnect(name: PeerName): void {
    for (const stream of [...this.#streams]) if (stream.peer.name === name) this.close(stream)
  }

  /** Tells those who take part, but for the session that it came from. */
  tell(topic: string, bytes: Uint8Array, except?: string): void {
    let text: string | undefined
    for (const stream of this.#streams) {
      if (!stream.topics.has(topic) || (except !== undefined && stream.session === except)) continue
      if (!this.context.welcomes(stream.peer) || !this.context.mayHear(topic, stream.peer)) continue
      text ??= writeEvent({ event: topic, data: toBase64(bytes) })
      stream.send(text)
    }
  }

  /** Every stream says that it is there. */
  beat(): void {
    for (const stream of this.#streams) stream.beat()
  }

  closeAll(): void {
    for (const stream of [...this.#streams]) this.close(stream)
  }
}
