import type { Refusal } from '../exchange.ts'
import type { RefusalReason } from '../failure.ts'
import { busyRetry } from '../limits.ts'
import type { BodyProblem } from './body.ts'
import { media } from './media.ts'

/** A failure as an answer: its name and its sentence, for programs and for people; and which proof was in the way. */
export function refuse(
  status: number,
  { name, message, proof, statement, selector }: RefusalReason,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify({ name, message, proof, statement, selector }), {
    status,
    headers: { 'content-type': media.json, 'cache-control': 'no-store', ...headers },
  })
}

/** A refusal as an answer. */
export function refusalResponse(refusal: Refusal): Response {
  const { name, retryAfter = busyRetry, status, reason, message } = refusal
  const told = { ...reason, name: reason?.name ?? name, message }
  if (name === 'TooLarge') return refuse(413, { name, message })
  if (name === 'Busy') return refuse(503, { name, message }, retryHeaders(retryAfter))
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="ipvm"' } : {}
  return refuse(status ?? 403, told, challenge)
}

/** When to ask again: whole seconds for everybody, milliseconds for our own. */
function retryHeaders(milliseconds: number): Record<string, string> {
  return { 'retry-after': `${Math.ceil(milliseconds / 1000)}`, 'ipvm-retry-after': `${Math.ceil(milliseconds)}` }
}

/** What came of a body that was not read to its end. */
export function bodyRefused(problem: BodyProblem, bytesMax: number): Response {
  if (problem === 'TooLarge') {
    return refuse(413, { name: 'TooLarge', message: `a body has at most ${bytesMax} bytes here` })
  }
  const message = problem === 'TooSlow' ? 'the body came too slowly' : 'the body broke off'
  return refuse(408, { name: problem, message }, { connection: 'close' })
}

/** What is not there, or not given here. */
export function notFound(what: string): Response {
  return refuse(404, { name: 'NotFound', message: `${what} is not here` })
}

/** What cannot be read. */
export function malformed(message: string): Response {
  return refuse(400, { name: 'Malformed', message })
}
