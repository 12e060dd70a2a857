import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { error, ok, type Result } from '@ipvm/ipld'
import type { EgressFailure, EgressRequest, Times } from './egress.ts'
import { codeOf, Failed, failure, messageOf } from './failure.ts'
import { responseHeaderBytesMax } from './limits.ts'
import type { Place } from './place.ts'
import type { Pool } from './pool.ts'
import type { Stop } from './stop.ts'

/** One request to one place. */
export interface Question {
  readonly method: EgressRequest['method']
  readonly place: Place
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

/** Sends one request, and waits for the head of the answer. Its body is the caller's to read or destroy. */
export async function ask(
  question: Question,
  pool: Pool,
  times: Times,
  stop: Stop,
): Promise<Result<IncomingMessage, EgressFailure>> {
  // Who closed a kept connection meanwhile did not see the request; that is not known of one that may not be sent twice.
  const isOnce = question.method === 'POST'
  const first = await askOnce(question, pool, isOnce, times, stop)
  return 'isStale' in first ? askOnce(question, pool, true, times, stop) : first
}

type Asked = { readonly ok: IncomingMessage } | { readonly error: EgressFailure }

async function askOnce(question: Question, pool: Pool, fresh: true, times: Times, stop: Stop): Promise<Asked>
async function askOnce(
  question: Question,
  pool: Pool,
  fresh: boolean,
  times: Times,
  stop: Stop,
): Promise<Asked | { readonly isStale: true }>
async function askOnce(
  question: Question,
  pool: Pool,
  fresh: boolean,
  times: Times,
  stop: Stop,
): Promise<Asked | { readonly isStale: true }> {
  let sent = false
  const outgoing = begin(question, pool, fresh, times, stop)
  const { promise, resolve } = Promise.withResolvers<Asked | { readonly isStale: true }>()
  outgoing.once('socket', () => {
    sent = true
  })
  outgoing.once('finish', () => stop.begin(times.answer, 'the answer'))
  outgoing.once('response', incoming => resolve(ok(incoming)))
  outgoing.once('upgrade', (_incoming, socket) => {
    socket.destroy()
    resolve(error(failure('MalformedResponse', 'it changed the protocol, which nobody asked for', true)))
  })
  outgoing.on('error', thrown => {
    if (stop.why) resolve(error({ ...stop.why, sent }))
    else if (outgoing.reusedSocket && !fresh && isCut(thrown)) resolve({ isStale: true })
    else resolve(error(failureOf(thrown, question.place, sent)))
  })
  outgoing.end(question.body)
  const answer = await promise
  stop.pause()
  return answer
}

function begin(
  { method, place, headers, body }: Question,
  pool: Pool,
  fresh: boolean,
  { connect }: Times,
  { signal }: Stop,
): ClientRequest {
  const { url, host, port, tls } = place
  const isPlain = method === 'HEAD' || 'range' in headers
  const length = body || method === 'POST' || method === 'PUT' ? { 'content-length': body?.length ?? 0 } : {}
  const options = {
    ...{ method, host, port, path: `${url.pathname}${url.search}`, signal },
    ...{ agent: pool.agent(tls, fresh), maxHeaderSize: responseHeaderBytesMax, connectTime: connect },
    headers: {
      ...{ host: url.host, accept: '*/*', 'user-agent': 'ipvm' },
      // Parts of a compressed answer are of no use to anybody, nor is its length alone.
      'accept-encoding': isPlain ? 'identity' : 'gzip, br',
      ...headers,
      ...length,
    },
  }
  return tls ? requestTls(options) : request(options)
}

function isCut(thrown: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(thrown))
}

/** What went wrong before there was an answer. */
function failureOf(thrown: unknown, { host, port }: Place, sent: boolean): EgressFailure {
  if (thrown instanceof Failed) return thrown.failure
  const where = `${host}:${port}`
  const code = codeOf(thrown)
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `the headers of the answer of ${where} have more than ${responseHeaderBytesMax} bytes`
    return failure('ResponseTooLarge', message, sent)
  }
  if (code.startsWith('HPE_'))
    return failure('MalformedResponse', `${where} answered what is no HTTP: ${messageOf(thrown)}`, sent)
  return failure(sent ? 'Cut' : 'Unreachable', `${where} hung up before it answered: ${messageOf(thrown)}`, sent)
}
