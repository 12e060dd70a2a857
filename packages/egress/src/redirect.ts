import type { IncomingMessage } from 'node:http'
import { error, ok, type Result } from '@ipvm/ipld'
import type { Question } from './ask.ts'
import type { EgressFailure } from './egress.ts'
import { failure } from './failure.ts'
import { harmlessOf } from './headers.ts'
import { readPlace } from './place.ts'

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * The next question, where an answer sends elsewhere; nothing where it is to be taken as it is. What changes the world is
 * sent again only where the answer says that the same is to be (307, 308), and by the same place. Failures:
 * `EgressRefused`.
 */
export function redirected(
  question: Question,
  { statusCode = 0, headers: { location } }: IncomingMessage,
): Result<Question | undefined, EgressFailure> {
  if (!redirects.has(statusCode) || location === undefined) return ok(undefined)
  const { place, method } = question
  const target = URL.parse(location, place.url.href)
  if (!target) return refused(place.url, `"${location.slice(0, 200)}", which is no URL`)
  const isSame = target.origin === place.url.origin
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead && !(isSame && (statusCode === 307 || statusCode === 308))) return ok(undefined)
  target.hash = ''
  const next = readPlace(target.href)
  if ('error' in next) return refused(place.url, next.error.message)
  if (place.tls && !next.ok.tls) return refused(place.url, `${target.href}, which is not encrypted`)
  const headers = isSame ? question.headers : harmlessOf(question.headers)
  return ok({ ...question, place: next.ok, headers })
}

function refused(from: URL, what: string): { readonly error: EgressFailure } {
  return error(failure('EgressRefused', `${from.href} redirects to ${what}`, true))
}
