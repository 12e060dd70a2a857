import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan/receipt'
import type { Invocation } from '@ipvm/ucan/invocation'
import type { Did } from '@ipvm/varsig'
import type { Request } from '../ask/request.ts'
import type { Settled } from '../ask/settle.ts'
import type { AskFailure, OutboxFull } from '../failure.ts'
import { outboxAtOnce, outboxEntriesMax } from '../limits.ts'
import { encodeEntry, readEntry, type OutboxEntry } from './entry.ts'
import type { OutboxStore } from './store.ts'

/** A request of the outbox has come to its end: a receipt, a refusal, or its time is over. */
export interface OutboxNews {
  readonly invocation: Invocation
  /** What the app gave along with the request. */
  readonly note: Value
  readonly result: Result<Receipt, AskFailure>
}

/** Is told of each request that has come to its end; it is let go of when this resolves. */
export type OnSettled = (news: OutboxNews) => void | Promise<void>

/** What an outbox needs. */
export interface OutboxParts {
  readonly store: OutboxStore
  readonly node: Did
  readonly now: () => number
  /** Sends a request until it has come to an end; `Aborted` where the signal says so. */
  readonly send: (
    request: Request,
    signal: AbortSignal,
    onPending?: (invocation: Invocation) => void,
  ) => Promise<Result<Settled, AskFailure>>
  readonly onSettled: OnSettled
}

/**
 * Requests that are written down before they are sent, and sent, as the same bytes, until they have come to an end: over
 * lost connections, reloads and restarts.
 */
export class Outbox {
  readonly #parts: OutboxParts
  readonly #closing = new AbortController()
  readonly #waiting = new Map<string, Promise<Result<Settled, AskFailure>>>()
  readonly #turns: (() => void)[] = []
  #underWay = 0

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** How many requests have not come to their end. */
  get size(): number {
    return this.#waiting.size
  }

  /** Goes on with what an earlier visit or process has left. What cannot be read is left where it is. */
  async open(): Promise<void> {
    const { store, node } = this.#parts
    const read = await Promise.all((await store.entries()).map(([id, bytes]) => readEntry(id, bytes)))
    const left = read.filter(entry => entry !== undefined && entry.node === node).filter(entry => entry !== undefined)
    for (const entry of left.sort((a, b) => a.at - b.at)) void this.#pursue(entry)
  }

  /** Writes a request down and sends it; resolves when it has come to its end. Failures: those of sending, `OutboxFull`. */
  async add(
    request: Request,
    note: Value,
    onPending?: (invocation: Invocation) => void,
  ): Promise<Result<Settled, AskFailure>> {
    const { store, node, now } = this.#parts
    const id = `${request.invocation.envelope.cid}`
    const known = this.#waiting.get(id)
    if (known) return known
    if (this.#waiting.size >= outboxEntriesMax) return error(full())
    const entry: OutboxEntry = { id, node, request, note, at: now() }
    await store.put(id, encodeEntry(entry))
    return this.#pursue(entry, onPending)
  }

  /** Stops sending; what has not come to its end stays written down. */
  close(): void {
    this.#closing.abort()
    for (const turn of this.#turns.splice(0)) turn()
  }

  #pursue(entry: OutboxEntry, onPending?: (invocation: Invocation) => void): Promise<Result<Settled, AskFailure>> {
    const pursued = this.#sent(entry, onPending).finally(() => this.#waiting.delete(entry.id))
    this.#waiting.set(entry.id, pursued)
    return pursued
  }

  async #sent(
    { id, request, note }: OutboxEntry,
    onPending?: (invocation: Invocation) => void,
  ): Promise<Result<Settled, AskFailure>> {
    const { send, store, onSettled } = this.#parts
    const { signal } = this.#closing
    await this.#turn()
    try {
      const settled = await send(request, signal, onPending)
      if (signal.aborted) return settled
      const result = 'ok' in settled ? ok(settled.ok.receipt) : settled
      await onSettled({ invocation: request.invocation, note, result })
      await store.delete(id)
      return settled
    } finally {
      this.#underWay -= 1
      this.#turns.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#underWay >= outboxAtOnce) await new Promise<void>(resolve => this.#turns.push(resolve))
    this.#underWay += 1
  }
}

function full(): OutboxFull & Failure {
  const message = `the outbox holds ${outboxEntriesMax} requests, and takes no more; wait until some have been sent`
  return { name: 'OutboxFull', message }
}
