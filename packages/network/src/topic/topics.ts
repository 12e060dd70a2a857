import { characters } from '@ipvm/ipld'
import { sha256 } from '@ipvm/ipld/sha256'
import {
  messageBytesMax,
  messageBytesWaitingMax,
  messagesBurst,
  messagesPerSecond,
  messagesSeenMax,
  messagesWaitingMax,
  topicLengthMax,
} from '../limits.ts'
import type { Misdeed } from '../ledger.ts'
import type { Peer } from '../peer.ts'
import { Seen } from '../seen.ts'
import { Rate } from './rate.ts'

/** A message of a topic. */
export interface Message {
  readonly topic: string
  /** A stranger's bytes: what counts is who signed what is in them. */
  readonly bytes: Uint8Array
  /** Who brought it, which need not be who wrote it. */
  readonly from: Peer
}

/**
 * What a listener makes of a message: `accept` and it goes on to others; `ignore` and it does not; `reject` and whoever
 * brought it is to blame, since they had to check it first.
 */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** Hears the messages of a topic, one after another: the next one waits for the verdict. */
export type Listener = (message: Message) => Verdict | Promise<Verdict>

/** A part in a topic, until it is closed. */
export interface Subscription {
  readonly topic: string
  /** How many messages did not find room, since the listener was too slow. */
  readonly dropped: number
  close(): void
}

class Subscribed implements Subscription {
  readonly topic: string
  dropped = 0
  readonly #listener: Listener
  readonly #left: (one: Subscribed) => void
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #bytes = 0
  #isClosed = false

  constructor(topic: string, listener: Listener, left: (one: Subscribed) => void) {
    this.topic = topic
    this.#listener = listener
    this.#left = left
  }

  close(): void {
    this.#isClosed = true
    this.#left(this)
  }

  async hear(message: Message): Promise<Verdict> {
    const { length } = message.bytes
    if (this.#waiting >= messagesWaitingMax || this.#bytes + length > messageBytesWaitingMax) {
      this.dropped += 1
      return 'ignore'
    }
    this.#waiting += 1
    this.#bytes += length
    const heard = this.#last.then(() => (this.#isClosed ? 'ignore' : this.#listener(message)))
    this.#last = heard.catch(() => undefined)
    try {
      return await heard
    } finally {
      this.#waiting -= 1
      this.#bytes -= length
    }
  }
}

/** What topics need of the network. */
export interface TopicsContext {
  readonly milliseconds: () => number
  /** The first takes part in a topic, or the last has left. */
  readonly changed: (topic: string, isSubscribed: boolean) => void
  readonly misbehaved: (peer: Peer, misdeed: Misdeed) => void
  readonly log: (line: string, cause?: unknown) => void
}

/** Who takes part in which topic here, and what may come in. */
export class Topics {
  readonly #context: TopicsContext
  readonly #subscribed = new Map<string, Set<Subscribed>>()
  readonly #seen = new Seen(messagesSeenMax)
  readonly #rate: Rate

  constructor(context: TopicsContext) {
    this.#context = context
    this.#rate = new Rate(context.milliseconds, messagesPerSecond, messagesBurst)
  }

  /** @throws RangeError when it is no name of a topic: see {@link isTopic} */
  subscribe(topic: string, listener: Listener): Subscription {
    if (!isTopic(topic)) throw new RangeError(`"${topic.slice(0, 80)}" is no name of a topic`)
    const all = this.#subscribed.get(topic) ?? new Set()
    const one = new Subscribed(topic, listener, left => {
      if (!all.delete(left) || all.size > 0) return
      this.#subscribed.delete(topic)
      this.#context.changed(topic, false)
    })
    all.add(one)
    this.#subscribed.set(topic, all)
    if (all.size === 1) this.#context.changed(topic, true)
    return one
  }

  /** The topics that somebody here takes part in. */
  names(): readonly string[] {
    return [...this.#subscribed.keys()]
  }

  /** A message of one's own; what comes back of it is not heard. */
  sent(topic: string, bytes: Uint8Array): void {
    this.#seen.add(keyOf(topic, bytes))
  }

  /** A message that came in; the verdict of all listeners together. */
  async hear(message: Message): Promise<Verdict> {
    const { topic, bytes, from } = message
    if (!isTopic(topic) || bytes.length > messageBytesMax) {
      this.#context.misbehaved(from, 'WrongSize')
      return 'reject'
    }
    if (!this.#rate.take(from.name)) {
      this.#context.misbehaved(from, 'Flood')
      return 'ignore'
    }
    const listeners = this.#subscribed.get(topic)
    if (!listeners || !this.#seen.add(keyOf(topic, bytes))) return 'ignore'
    const verdicts = await Promise.all([...listeners].map(listener => this.#heard(listener, message)))
    if (!verdicts.includes('reject')) return verdicts.includes('accept') ? 'accept' : 'ignore'
    this.#context.misbehaved(from, 'Forgery')
    return 'reject'
  }

  async #heard(listener: Subscribed, message: Message): Promise<Verdict> {
    try {
      return await listener.hear(message)
    } catch (cause) {
      this.#context.log(`a listener of the topic ${message.topic} has thrown`, cause)
      return 'ignore'
    }
  }
}

function keyOf(topic: string, message: Uint8Array): string {
  return `${topic} ${characters(sha256(message))}`
}

/** Whether a text can name a topic: printable, without spaces, of at most `topicLengthMax` characters. */
export function isTopic(text: string): boolean {
  return text.length > 0 && text.length <= topicLengthMax && /^[\x21-\x7e]+$/.test(text)
}
