import { error, ok, StreamError, type Result } from '@ipvm/ipld'
import { withDeadline } from '../../deadline.ts'
import type { Waiting } from '../../exchange.ts'
import { networkFailure, networkFailureOf, type NetworkFailure } from '../../failure.ts'
import { asksPerPeerMax } from '../../limits.ts'
import type { Misdeed } from '../../ledger.ts'
import { readPeerRecord } from '../../peer-record.ts'
import type { Peer } from '../../peer.ts'
import type { NetworkWorld } from '../../world.ts'
import { fromBase64 } from '../base64.ts'
import { askEvent, helloEvent } from '../session.ts'
import type { SseEvent } from '../sse.ts'
import { answerAsked, readAsked } from './asked.ts'
import { Listening } from './listening.ts'
import type { Remote } from './remote.ts'

/** What a connection needs of its transport. */
export interface ConnectionContext {
  readonly world: NetworkWorld
  readonly topics: () => readonly string[]
  readonly came: (peer: Peer) => void
  readonly went: (peer: Peer) => void
  readonly message: (topic: string, bytes: Uint8Array, from: Peer) => void
  readonly misbehaved: (peer: Peer, misdeed: Misdeed) => void
  /** Answers what a peer asks by the stream that it is listened to by; absent where nothing is answered. */
  readonly answer: ((request: Request, from: Peer) => Promise<Response>) | undefined
}

/** A peer over HTTP whose topics are listened to, and who is known to be there as long as its stream is. */
export class Connection {
  readonly remote: Remote
  /** As it is known now: by its DID, once it has proven that. */
  peer: Peer
  isThere = false
  readonly #context: ConnectionContext
  readonly #listening: Listening
  readonly #hello = Promise.withResolvers<void>()
  readonly #closing = new AbortController()
  /** How much it asks that is not answered yet. */
  #asked = 0

  constructor(remote: Remote, context: ConnectionContext) {
    this.remote = remote
    this.#context = context
    this.peer = { name: remote.address, addresses: [remote.address] }
    this.#listening = new Listening({
      world: context.world,
      open: signal => remote.listen(context.topics(), signal, context.answer !== undefined),
      heard: event => this.#heard(event),
      garbled: () => context.misbehaved(this.peer, 'Garbage'),
      lost: () => this.#lost(),
    })
  }

  /** Opens the stream and waits until the other has said who it is. */
  async start(waiting: Required<Waiting>): Promise<Result<Peer, NetworkFailure>> {
    const { address } = this.remote
    const ended = await withDeadline(this.#context.world, waiting, async signal => {
      try {
        await this.#listening.start(signal)
        await this.#hello.promise
        return ok(this.peer)
      } catch (thrown) {
        if (thrown instanceof StreamError) return error(networkFailureOf(thrown))
        return error(networkFailure('Aborted', address))
      }
    })
    const result = 'done' in ended ? ended.done : error(networkFailure(ended.late, address, { sent: true }))
    if ('error' in result) this.close()
    return result
  }

  /** What is listened to has changed. */
  renew(): void {
    void this.#listening.again()
  }

  close(): void {
    this.#closing.abort()
    this.#listening.close()
    this.#lost()
  }

  async #heard(event: SseEvent): Promise<void> {
    if (event.event === helloEvent) return this.#met(event.data)
    // Not waited for: what is said meanwhile is heard meanwhile.
    if (event.event === askEvent) return void this.#answer(event.data)
    const bytes = fromBase64(event.data)
    if (bytes) this.#context.message(event.event, bytes, this.peer)
    else this.#context.misbehaved(this.peer, 'Garbage')
  }

  /** The other asks something. Where it asks too much, or the answer cannot be brought, it waits in vain. */
  async #answer(data: string): Promise<void> {
    const { answer, misbehaved } = this.#context
    const { peer } = this
    const asked = readAsked(data)
    if (!answer || !asked) return misbehaved(peer, 'Garbage')
    // Of what it was told already it may ask the next one before we know that it was told.
    if (this.#asked >= 2 * asksPerPeerMax) return
    this.#asked += 1
    try {
      await answerAsked(asked, this.remote, request => answer(request, peer), this.#closing.signal)
    } finally {
      this.#asked -= 1
    }
  }

  /** The other says who it is; that counts where it is signed, and about this address. */
  async #met(data: string): Promise<void> {
    const { address } = this.remote
    const bytes = fromBase64(data)
    const now = this.#context.world.now()
    const record = bytes && bytes.length > 0 ? await readPeerRecord(bytes, { now, address }) : undefined
    const unnamed = { name: address, addresses: [address] }
    const { did, addresses } = record && 'ok' in record ? record.ok : { did: undefined, addresses: [address] }
    const peer = did === undefined ? unnamed : { name: did, did, addresses }
    if (this.isThere && this.peer.name !== peer.name) this.#context.went(this.peer)
    const isNew = !this.isThere || this.peer.name !== peer.name
    this.peer = peer
    this.isThere = true
    if (isNew) this.#context.came(peer)
    this.#hello.resolve()
  }

  #lost(): void {
    if (!this.isThere) return
    this.isThere = false
    this.#context.went(this.peer)
  }
}
