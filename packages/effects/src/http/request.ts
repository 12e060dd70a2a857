import type { Egress, EgressFailure, EgressRequest, EgressResponse, Times } from '@ipvm/egress'
import type { EffectContext, EffectOutcome, World } from '@ipvm/runtime'
import { answerOf, bodyOf, isAccepted } from './answer.ts'
import type { AskArguments } from './arguments.ts'
import type { Content } from './body.ts'
import { allowsUrl, type HttpSettings } from './settings.ts'
import { retryAfter, statusVerdict, verdictOf, type Kind } from './verdict.ts'

/** What a request is made with. */
export interface RequestParts {
  readonly egress: Egress
  readonly world: Pick<World, 'date'>
  readonly settings: HttpSettings
  readonly context: EffectContext
}

/** One attempt: sends the request, and makes an outcome of what comes back. */
export async function request(
  method: EgressRequest['method'],
  args: AskArguments,
  content: Content | undefined,
  parts: RequestParts,
): Promise<EffectOutcome> {
  const { egress, settings, context } = parts
  const isQuery = method === 'GET' || method === 'HEAD'
  const given = Object.keys(args.headers).map(name => name.toLowerCase())
  const headers = {
    ...(content && !given.includes('content-type') && { 'content-type': content.type }),
    ...(!isQuery && { 'idempotency-key': context.key }),
    ...args.headers,
  }
  const answer = await egress.request({
    ...{ method, url: args.url, headers, redirectsMax: args.redirects, signal: context.signal },
    ...(content && { body: content.bytes }),
    bytesMax: Math.min(args.bytesMax ?? settings.bytesMax, settings.bytesMax, context.config.disk),
    allows: url => allowsUrl(settings.allow, url),
    times: timesOf(context.config.time, settings.answerSeconds * 1000),
  })
  const kind = isQuery ? 'query' : 'mutation'
  return 'error' in answer ? failed(answer.error, kind) : answered(method, args, answer.ok, parts)
}

/** Ends before the runtime does, which could not tell whether anything was sent. */
function timesOf(time: number, answer: number): Partial<Times> {
  const total = time - Math.min(1000, time / 10)
  return { total, answer: Math.min(answer, total), connect: Math.min(10_000, total / 2) }
}

function failed(failure: EgressFailure, kind: Kind): EffectOutcome {
  const { name, status } = failure
  const had = status === undefined ? '' : `; it had answered ${status}`
  const about = status === undefined ? {} : { status }
  return { error: { name, message: `${failure.message}${had}`, ...about }, verdict: verdictOf(failure, kind) }
}

function answered(
  method: EgressRequest['method'],
  args: AskArguments,
  answer: EgressResponse,
  { context, world }: RequestParts,
): EffectOutcome {
  const kind = method === 'GET' || method === 'HEAD' ? 'query' : 'mutation'
  const { status, url } = answer
  const body = bodyOf(answer, method === 'HEAD' ? 'bytes' : args.as)
  if (isAccepted(status, args.ok) || isGone(method, status, context.attempt)) {
    // What was done was done, whatever it says of it; a query has to give what was asked for.
    if ('error' in body && kind === 'query') return { error: { ...body.error }, verdict: 'final' }
    const value = 'ok' in body ? body.ok : answer.body
    return { ok: args.give === 'body' ? value : answerOf(answer, value) }
  }
  const verdict = statusVerdict(status, kind, context.attempt)
  const after = retryAfter(answer, world.date())
  const value = answerOf(answer, 'ok' in body ? body.ok : answer.body)
  const message = `${method} ${url} was answered with ${status}; take it as a value with "ok": [${status}] or "any"`
  return { error: { name: 'HttpStatus', message, status, value }, verdict, ...(after !== undefined && { after }) }
}

/** What an attempt before this one took away is not there any more. */
function isGone(method: string, status: number, attempt: number): boolean {
  return method === 'DELETE' && attempt > 1 && (status === 404 || status === 410)
}
