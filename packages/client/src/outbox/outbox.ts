import { error, ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Receipt } from '@ipvm/ucan/receipt'
import type { Invocation } from '@ipvm/ucan/invocation'
import type { Did } from '@ipvm/varsig'
import type { Request } from '../ask/request.ts'
import type { Settled } from '../ask/settle.ts'
import type { WholeFile } from '../blocks/put.ts'
import type { AskFailure, OutboxFull } from '../failure.ts'
import { outboxAtOnce, outboxEntriesMax } from '../limits.ts'
import { encodeEntry, readEntry, type FileEntry, type RequestEntry } from './entry.ts'
import type { OutboxStore } from './store.ts'

/** A request of the outbox has come to its end: a receipt, a refusal, or its time is over. */
export interface RequestNews {
  readonly invocation: Invocation
  /** What the app gave along with the request. */
  readonly note: Value
  readonly result: Result<Receipt, AskFailure>
}

/** A file of the outbox is at the node, was refused, or its time is over. */
export interface FileNews {
  readonly file: CID
  readonly result: Result<CID, AskFailure>
}

/** What has come to its end. */
export type OutboxNews = RequestNews | FileNews

/** Is told of each request and file that has come to its end; it is let go of when this resolves. */
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
  /** Brings a file, that was written down at a time, in the same way. */
  readonly bring: (file: WholeFile, at: number, signal: AbortSignal) => Promise<Result<CID, AskFailure>>
  readonly onSettled: OnSettled
}

/**
 * Requests and files that are written down before they are sent, and sent, as the same bytes, until they have come to an
 * end: over lost connections, reloads and restarts. A request waits for the files that were there before it.
 */
export class Outbox {
  readonly #parts: OutboxParts
  readonly #closing = new AbortController()
  readonly #requests = new Map<string, Promise<Result<Settled, AskFailure>>>()
  readonly #files = new Map<string, Promise<Result<CID, AskFailure>>>()
  readonly #turns: (() => void)[] = []
  #underWay = 0

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** How many requests and files have not come to their end. */
  get size(): number {
    return this.#requests.size + this.#files.size
  }

  /** Goes on with what an earlier visit or process has left. What cannot be read is left where it is. */
  async open(): Promise<void> {
    const { store, node } = this.#parts
    const read = await Promise.all((await store.entries()).map(([id, bytes]) => readEntry(id, bytes)))
    const left = read.filter(entry => entry !== undefined).filter(entry => entry.node === node)
    const written = Promise.resolve()
    // Of what was written down within one second, files come first.
    for (const entry of left.sort((a, b) => a.at - b.at || Number('file' in b) - Number('file' in a))) {
      void ('file' in entry ? this.#bring(entry, written) : this.#send(entry, written))
    }
  }

  /** Writes a request down and sends it; resolves when it has come to its end. Failures: those of sending, `OutboxFull`. */
  async add(
    request: Request,
    note: Value,
    onPending?: (invocation: Invocation) => void,
  ): Promise<Result<Settled, AskFailure>> {
    const { node, now } = this.#parts
    const id = `${request.invocation.envelope.cid}`
    const known = this.#requests.get(id)
    if (known) return known
    if (this.size >= outboxEntriesMax) return error(full())
    const entry = { id, node, request, note, at: now() }
    return this.#send(entry, this.#write(entry), onPending)
  }

  /** Writes a file down and brings it; resolves when it is there. Failures: those of bringing it, `OutboxFull`. */
  async addFile(file: WholeFile): Promise<Result<CID, AskFailure>> {
    const { node, now } = this.#parts
    const id = `${file.root}`
    const known = this.#files.get(id)
    if (known) return known
    if (this.size >= outboxEntriesMax) return error(full())
    const entry = { id, node, file, at: now() }
    return this.#bring(entry, this.#write(entry))
  }

  /** Stops sending; what has not come to its end stays written down. */
  close(): void {
    this.#closing.abort()
    for (const turn of this.#turns.splice(0)) turn()
  }

  #write(entry: RequestEntry | FileEntry): Promise<void> {
    return this.#parts.store.put(entry.id, encodeEntry(entry))
  }

  #send(
    { id, request, note }: RequestEntry,
    written: Promise<void>,
    onPending?: (invocation: Invocation) => void,
  ): Promise<Result<Settled, AskFailure>> {
    const { send, onSettled } = this.#parts
    const { invocation } = request
    const before = Promise.allSettled(this.#files.values())
    const pursue = async (signal: AbortSignal) => {
      const settled = await send(request, signal, onPending)
      const result = 'ok' in settled ? ok(settled.ok.receipt) : settled
      return { settled, told: () => onSettled({ invocation, note, result }) }
    }
    const sent = written.then(() => before).then(() => this.#pursue(id, pursue))
    return kept(this.#requests, id, sent)
  }

  #bring({ id, file, at }: FileEntry, written: Promise<void>): Promise<Result<CID, AskFailure>> {
    const { bring, onSettled } = this.#parts
    const pursue = async (signal: AbortSignal) => {
      const settled = await bring(file, at, signal)
      return { settled, told: () => onSettled({ file: file.root, result: settled }) }
    }
    const brought = written.then(() => this.#pursue(id, pursue))
    return kept(this.#files, id, brought)
  }

  async #pursue<T>(
    id: string,
    pursue: (signal: AbortSignal) => Promise<{ settled: T; told: () => void | Promise<void> }>,
  ): Promise<T> {
    const { signal } = this.#closing
    await this.#turn()
    try {
      const { settled, told } = await pursue(signal)
      if (signal.aborted) return settled
      await told()
      await this.#parts.store.delete(id)
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

/** Among those that go on, until it has come to its end. */
function kept<T>(all: Map<string, Promise<T>>, id: string, coming: Promise<T>): Promise<T> {
  const ended = coming.finally(() => all.delete(id))
  all.set(id, ended)
  return ended
}

function full(): OutboxFull & Failure {
  const message = `the outbox holds ${outboxEntriesMax} requests and files, and takes no more; wait until some have been sent`
  return { name: 'OutboxFull', message }
}
