import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Egress, EgressFailure } from '@ipvm/egress'
import { connectionIdleMax, connectWithin, peerConnectionsMax, peerHeaderBytesMax } from '../../limits.ts'
import { FetchFailed, type Fetch, type FetchInit } from '../client/fetcher.ts'

/** The ports that an address does not say. */
const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * A `fetch` whose connections are those of the guard for everything that leaves a node: each is to an address that was
 * checked, and some are kept for the next request. Bodies are streams, so event streams go this way too; redirects
 * are not followed.
 */
export function egressFetch(egress: Pick<Egress, 'dial'>): Fetch {
  const agents = { 'http:': new GuardedAgent(egress, false), 'https:': new GuardedAgent(egress, true) }
  return (text, init) => {
    const url = new URL(text)
    const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:']
    return sent(url, init, agent)
  }
}

/** Keeps connections of the guard, and asks it for new ones. */
class GuardedAgent extends Agent {
  readonly #egress: Pick<Egress, 'dial'>
  readonly #tls: boolean

  constructor(egress: Pick<Egress, 'dial'>, tls: boolean) {
    super({ keepAlive: true, maxSockets: peerConnectionsMax, maxFreeSockets: 8, timeout: connectionIdleMax })
    this.#egress = egress
    this.#tls = tls
  }

  override createConnection(
    { host, port }: RequestOptions,
    created: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    // biome-ignore lint/plugin: its sockets are real.
    const wanted = { host: host ?? '', port: Number(port), tls: this.#tls, signal: AbortSignal.timeout(connectWithin) }
    const told = (failure: EgressFailure) => new FetchFailed('Unreachable', false, failure.message)
    void this.#egress.dial(wanted).then(dialled => {
      if ('ok' in dialled) created(null, dialled.ok)
      // The types want a socket where there is an error as well; nobody looks at it.
      else Reflect.apply(created, undefined, [told(dialled.error)])
    })
    return undefined
  }
}

function sent(url: URL, init: FetchInit, agent: Agent): Promise<Response> {
  const { method, headers, body, signal } = init
  const port = Number(url.port) || (usualPorts[url.protocol] ?? 0)
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  let came: IncomingMessage | undefined
  const asked = request(
    {
      agent,
      method,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port,
      path: `${url.pathname}${url.search}`,
      // Said here, since the connection of TLS is none that `http` knows of: it would add the port.
      headers: { ...headers, host: url.host, ...(body && { 'content-length': `${body.length}` }) },
      maxHeaderSize: peerHeaderBytesMax,
    },
    answer => {
      came = answer
      resolve(responseOf(answer))
    },
  )
  // Not `signal` of Node, which breaks a connection that an answer has just left with an error that nobody hears.
  const abort = () => void (came ?? asked).destroy(came ? undefined : cutShort)
  signal.addEventListener('abort', abort)
  asked.on('close', () => signal.removeEventListener('abort', abort))
  if (signal.aborted) abort()
  asked.on('error', cause => {
    // A kept connection that the other side has closed meanwhile. What is asked of a peer may be asked again: blocks are
    // what they are, and bytes that were seen are not run a second time.
    if (asked.reusedSocket && !signal.aborted) resolve(sent(url, init, agent).catch(cutOff))
    else reject(cause)
  })
  asked.end(body)
  return promise
}

const cutShort = new FetchFailed('Aborted', true, 'the request was called off')

/** What was asked twice may have arrived the first time, however the second one failed. */
function cutOff(cause: unknown): never {
  throw new FetchFailed('Cut', true, cause instanceof Error ? cause.message : 'the connection was lost')
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const isEmpty = status === 204 || status === 205 || status === 304
  if (isEmpty || status < 200) {
    answer.resume()
    return new Response(null, { status: status < 200 ? 502 : status, headers })
  }
  return new Response(streamFrom(answer), { status, headers })
}

/** What comes, as fast as it is read; who stops reading closes the connection. */
function streamFrom(answer: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = answer[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => void answer.destroy(),
    },
    { highWaterMark: 0 },
  )
}
