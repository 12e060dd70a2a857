import { error, ok, type Result } from '@ipvm/ipld'
import { ask, type Question } from './ask.ts'
import { isEncoded, readBody } from './body.ts'
import { checkedAddresses, dial } from './dial.ts'
import type { DialRequest, Egress, EgressFailure, EgressRequest, EgressResponse, Times } from './egress.ts'
import type { Exception } from './exceptions.ts'
import { failure } from './failure.ts'
import { answerHeaders, readHeaders } from './headers.ts'
import * as limits from './limits.ts'
import { readPlace, type Place } from './place.ts'
import { createPool, type Pool } from './pool.ts'
import { redirected } from './redirect.ts'
import { systemResolve, type Resolve } from './resolve.ts'
import { Stop, type After } from './stop.ts'

/** What a guard is made of. */
export interface EgressParts {
  /** Calls back after so many milliseconds, unless the function that it gives is called before. */
  readonly after: After
  /** The private places that may be dialled; none, where not given. */
  readonly exceptions?: readonly Exception[]
  /** How names are looked up; by the system, where not given. */
  readonly resolve?: Resolve
  /** Certificates of authorities that are trusted beside those of the system, PEM. */
  readonly authorities?: readonly string[]
}

/** Makes the guard of a node. */
export function createEgress({ after, exceptions = [], resolve, authorities = [] }: EgressParts): Egress {
  const parts = { resolve: resolve ?? systemResolve(), exceptions, authorities }
  const pool = createPool(parts, after)
  return {
    authorities,
    request: request => guarded(request, pool, after),
    dial: async (request: DialRequest) => {
      const late = new AbortController()
      const cancel = after(limits.times.connect, () => late.abort())
      return dial(parts, { ...request, signal: AbortSignal.any([request.signal, late.signal]) }).finally(cancel)
    },
    check: place => checkedAddresses(parts, place),
    close: () => pool.close(),
  }
}

async function guarded(
  request: EgressRequest,
  pool: Pool,
  after: After,
): Promise<Result<EgressResponse, EgressFailure>> {
  const question = questionOf(request)
  if ('error' in question) return question
  const times: Times = { ...limits.times, ...request.times }
  const stop = new Stop(after, times.total, request.signal)
  try {
    if (stop.why) return error(stop.why)
    return await answered(question.ok, request, pool, times, stop)
  } finally {
    stop.close()
  }
}

/** Asks, and follows redirects. */
async function answered(
  first: Question,
  request: EgressRequest,
  pool: Pool,
  times: Times,
  stop: Stop,
): Promise<Result<EgressResponse, EgressFailure>> {
  const redirectsMax = Math.min(request.redirectsMax, limits.redirectsMax)
  let question = first
  for (let redirects = 0; ; redirects++) {
    const head = await ask(question, pool, times, stop)
    // What came before was answered, so it was sent.
    if ('error' in head) return redirects === 0 ? head : error({ ...head.error, sent: true })
    const next = redirectsMax === 0 ? ok(undefined) : redirected(question, head.ok)
    const to = 'ok' in next && next.ok ? allowed(next.ok, request) : next
    if ('ok' in to && to.ok === undefined) {
      const bytesMax = Math.min(request.bytesMax, limits.responseBytesMax)
      const body = await readBody(head.ok, { method: question.method, bytesMax, idle: times.idle, stop })
      if ('error' in body) return body
      const headers = answerHeaders(head.ok.headers, isEncoded(head.ok))
      return ok({ status: head.ok.statusCode ?? 0, headers, body: body.ok, url: question.place.url.href })
    }
    head.ok.on('error', () => {}).destroy()
    if ('error' in to) return error({ ...to.error, sent: true })
    if (redirects === redirectsMax) {
      const message = `${first.place.url.href} redirects more than ${redirectsMax} times; the last time to ${to.ok?.place.url.href}`
      return error(failure('TooManyRedirects', message, true))
    }
    question = to.ok ?? question
  }
}

function questionOf(request: EgressRequest): Result<Question, EgressFailure> {
  const place = readPlace(request.url)
  if ('error' in place) return place
  const headers = readHeaders(request.headers ?? {})
  if ('error' in headers) return headers
  const bytes = request.body?.length ?? 0
  if (bytes > limits.requestBytesMax) {
    const message = `the request carries ${bytes} bytes; at most ${limits.requestBytesMax} may be`
    return error(failure('EgressRefused', message))
  }
  return allowed({ method: request.method, place: place.ok, headers: headers.ok, body: request.body }, request)
}

function allowed(question: Question, { allows }: EgressRequest): Result<Question, EgressFailure> {
  const { place }: { place: Place } = question
  if (allows(place.url.href)) return ok(question)
  return error(failure('EgressRefused', `${place.url.href} is not in the list of what is allowed`))
}
