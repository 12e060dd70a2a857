import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { retryAfterSeconds } from '../limits.ts'

/** Says no, as JSON: the name for programs, the message for people. */
export function refuse(c: Context, status: ContentfulStatusCode, name: string, message: string): Response {
  return c.json({ error: { name, message } }, status)
}

/** Says that there is no place now, and when to ask again. */
export function noPlace(c: Context, status: 429 | 503, message: string, seconds = retryAfterSeconds): Response {
  c.header('Retry-After', String(Math.max(1, Math.ceil(seconds))))
  return refuse(c, status, status === 429 ? 'TooMany' : 'Busy', message)
}

/** Says that nobody is here of this name. */
export function unknown(c: Context, name: string): Response {
  return refuse(c, 404, 'UnknownTrigger', `there is nothing of the name "${name.slice(0, 64)}" here`)
}
