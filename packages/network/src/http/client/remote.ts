import {
  error,
  limits as ipldLimits,
  ok,
  readCar,
  StreamError,
  type Block,
  type CID,
  type Result,
  type ValueMap,
} from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import { withDeadline } from '../../deadline.ts'
import type { Answer, Body, RequestOptions, Waiting } from '../../exchange.ts'
import { networkFailure, streamError, type NetworkFailure } from '../../failure.ts'
import { fetchBytesMax } from '../../limits.ts'
import type { NetworkWorld } from '../../world.ts'
import { chunksOf, readBody, sizeOf, unshared } from '../body.ts'
import { media } from '../media.ts'
import { answersQuery, sessionHeader } from '../session.ts'
import { readAnswer, readRefusal } from './answer.ts'
import { fetchFailed, type Fetch, type FetchInit } from './fetcher.ts'

/** Proves that one may do something: what goes behind `Bearer `, or nothing where there is nothing to prove. */
export type Authorise = (peer: string, cmd: Command, args: ValueMap) => Promise<string | undefined>

/** How a node over HTTP is asked. */
export interface RemoteContext {
  readonly world: NetworkWorld
  readonly fetch: Fetch
  readonly session: string
  readonly authorise?: Authorise | undefined
}

/** What a node is asked, by a path below its address. */
export interface Asking {
  readonly method: FetchInit['method']
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array
  /** The invocation that proves that one may. */
  readonly proof?: readonly [cmd: Command, args: ValueMap]
}

/** Another node over HTTP, by its address. */
export class Remote {
  readonly address: string
  readonly #context: RemoteContext

  constructor(address: string, context: RemoteContext) {
    this.address = address
    this.#context = context
  }

  async request(
    { type, bytes }: Body,
    { wait, answerBytesMax, ...waiting }: Required<RequestOptions>,
  ): Promise<Result<Answer, NetworkFailure>> {
    const path = type === 'reconcile' ? 'reconcile' : ''
    const query = wait > 0 ? `?wait=${wait / 1000}` : ''
    const init = {
      method: 'POST',
      headers: { 'content-type': media[type], accept: '*/*' },
      body: unshared(bytes),
    } as const
    return this.#waited(waiting, async signal => {
      const response = await this.#fetched(`${path}${query}`, { ...init, signal })
      return 'error' in response ? response : readAnswer(this.address, response.ok, answerBytesMax)
    })
  }

  /** One block, unverified; undefined where the peer has none for us. More bytes than a block may have are cut off. */
  async block(cid: CID, waiting: Required<Waiting>): Promise<Result<Uint8Array | undefined, NetworkFailure>> {
    const accept = { accept: media.raw }
    const bytesMax = ipldLimits.blockBytesMax
    return this.#waited<Uint8Array | undefined>(waiting, async signal => {
      const headers = { ...accept, ...(await this.#proof('/block/get', { cid })) }
      const response = await this.#fetched(`ipfs/${cid}?format=raw`, { method: 'GET', headers, signal })
      if ('error' in response) return response
      const { status, body, headers: said } = response.ok
      if (status !== 200) return this.#noBlock(response.ok)
      const bytes = await readBody(body, { bytesMax }, sizeOf(said))
      // As many as give it away: whoever verifies it sees that it is too large.
      if (bytes === 'TooLarge') return ok(new Uint8Array(bytesMax + 1))
      return typeof bytes === 'string' ? error(networkFailure('Cut', this.address, { sent: true })) : ok(bytes)
    })
  }

  /**
   * A block and all that it links to, unverified, in one stream, as far as the peer has it. Throws StreamError and BodyError.
   */
  async *dag(cid: CID, signal: AbortSignal): AsyncGenerator<Block, void, undefined> {
    const asking = {
      path: `ipfs/${cid}?format=car`,
      headers: { accept: media.car },
      proof: ['/block/get', { cid }],
    } as const
    const body = await this.stream(asking, signal)
    // Whoever takes the blocks hashes them, once.
    const car = await readCar(chunksOf(body, { bytesMax: fetchBytesMax }), { isNamedBy: () => true })
    if ('error' in car) throw new StreamError(car.error)
    yield* car.ok.blocks
  }

  /** Anything else that a node is asked by HTTP; what came back is for `read` to judge, while there is time. */
  async ask<T>(
    { method, path, headers, body, proof }: Asking,
    waiting: Required<Waiting>,
    read: (response: Response) => Promise<Result<T, NetworkFailure>>,
  ): Promise<Result<T, NetworkFailure>> {
    return this.#waited<T>(waiting, async signal => {
      const proven = proof && (await this.#proof(...proof))
      const init = { method, headers: { ...headers, ...proven }, ...(body && { body: body.slice() }), signal }
      const response = await this.#fetched(path, init)
      return 'error' in response ? response : read(response.ok)
    })
  }

  /** A stream, for as long as it goes on; `signal` is the reader's. Throws StreamError. */
  async stream(
    { path, headers, proof }: Omit<Asking, 'method' | 'body'>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const proven = proof && (await this.#proof(...proof))
    const response = await this.#fetched(path, { method: 'GET', headers: { ...headers, ...proven }, signal })
    if ('error' in response) throw streamError(response.error)
    const { status, body } = response.ok
    if (status === 200 && body) return body
    throw streamError(await readRefusal(this.address, response.ok))
  }

  async say(
    topic: string,
    message: Uint8Array,
    waiting: Required<Waiting>,
  ): Promise<Result<undefined, NetworkFailure>> {
    return this.#waited(waiting, async signal => {
      const proof = await this.#proof('/receipt/write', { topics: [topic] })
      const headers = { 'content-type': media.bytes, [sessionHeader]: this.#context.session, ...proof }
      const path = `topics/${encodeURIComponent(topic)}`
      const response = await this.#fetched(path, { method: 'POST', headers, body: unshared(message), signal })
      if ('error' in response) return response
      if (response.ok.status !== 204) return error(await readRefusal(this.address, response.ok))
      return ok(undefined)
    })
  }

  /** An event stream of these topics, by which one may be asked, too, where one `answers`. Throws StreamError. */
  listen(
    topics: readonly string[],
    signal: AbortSignal,
    answers: boolean,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const named = topics.map(topic => `topic=${encodeURIComponent(topic)}`)
    const query = [...(answers ? [`${answersQuery}=1`] : []), ...named].join('&')
    const headers = { accept: media.events, [sessionHeader]: this.#context.session }
    return this.stream({ path: `topics?${query}`, headers, proof: ['/receipt/read', { topics: [...topics] }] }, signal)
  }

  async #noBlock(response: Response): Promise<Result<undefined, NetworkFailure>> {
    const failure = await readRefusal(this.address, response)
    return failure.name === 'Refused' ? ok(undefined) : error(failure)
  }

  async #proof(cmd: Command, args: ValueMap): Promise<Record<string, string>> {
    const bearer = await this.#context.authorise?.(this.address, cmd, args)
    return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  }

  async #waited<T>(
    waiting: Required<Waiting>,
    work: (signal: AbortSignal) => Promise<Result<T, NetworkFailure>>,
  ): Promise<Result<T, NetworkFailure>> {
    if (waiting.signal.aborted) return error(networkFailure('Aborted', this.address))
    const ended = await withDeadline(this.#context.world, waiting, work)
    return 'done' in ended ? ended.done : error(networkFailure(ended.late, this.address, { sent: true }))
  }

  async #fetched(path: string, init: Omit<FetchInit, 'redirect'>): Promise<Result<Response, NetworkFailure>> {
    try {
      return ok(await this.#context.fetch(`${this.address}${path}`, { ...init, redirect: 'manual' }))
    } catch (thrown) {
      const { problem, sent, message } = fetchFailed(thrown)
      return error(networkFailure(problem, this.address, { sent, ...(message !== undefined && { message }) }))
    }
  }
}
