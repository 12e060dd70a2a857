import type { Context } from 'hono'
import { media } from '../media.ts'
import { malformed, notFound } from '../refuse.ts'
import { statusHeader } from '../session.ts'
import { withBody } from './bodies.ts'
import type { Served } from './served.ts'

/** `GET /asked/:id`: what somebody is asked by the stream that they hold. */
export function getAsked({ asks }: Served): (c: Context) => Response {
  return c => {
    const asked = asks.get(c.req.param('id') ?? '')
    if (!asked) return gone()
    return new Response(asked.body ?? null, { headers: { 'content-type': media.bytes, 'cache-control': 'no-store' } })
  }
}

/** `POST /asked/:id`: what they answer; its status is in a header, and the others are those of the answer. */
export function answerAsked(served: Served): (c: Context) => Promise<Response> {
  return async c => {
    const asked = served.asks.get(c.req.param('id') ?? '')
    if (!asked) return gone()
    const status = c.req.header(statusHeader) ?? ''
    if (!/^[2-5]\d\d$/.test(status)) return malformed(`"${statusHeader}" is the status of an answer, such as 200`)
    return withBody(served, c, async bytes => {
      const { headers } = c.req.raw
      const body = bodiless.includes(status) ? null : bytes
      asked.answered(new Response(body, { status: Number(status), headers }))
      return new Response(null, { status: 204 })
    })
  }
}

const gone = () => notFound('what was asked')

/** Under these an answer must have no body (Fetch § null body status). */
const bodiless: readonly string[] = ['204', '205', '304']
