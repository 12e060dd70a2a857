import type { Context } from 'hono'
import { answerSmallBytes } from '../limits.ts'
import type { Answer } from './answer.ts'
import { outgoingOf } from './incoming.ts'
import { noPlace } from './refusals.ts'
import type { Room } from './room.ts'

/** Sends an answer. A large one takes room until it was taken, or nobody is there any more who could. */
export function respond(
  c: Context,
  room: Room,
  { status, headers, body }: Answer,
  more: Readonly<Record<string, string>> = {},
): Response {
  const outgoing = body.length > answerSmallBytes ? outgoingOf(c) : undefined
  if (outgoing && !outgoing.destroyed) {
    if (!room.take(body.length)) return noPlace(c, 503, 'as many answers wait to be taken as there is memory for')
    outgoing.once('close', () => room.give(body.length))
  }
  return new Response(status === 204 || status === 304 ? null : body, { status, headers: { ...headers, ...more } })
}
