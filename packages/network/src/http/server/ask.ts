import type { Context } from 'hono'
import type { Answer, BodyType, Pending } from '../../exchange.ts'
import { pendingMax, waitMax } from '../../limits.ts'
import { unshared } from '../body.ts'
import { bodyTypeIn, media } from '../media.ts'
import { refusalResponse } from '../refuse.ts'
import { withBody } from './bodies.ts'
import { peerOf, waitOf, type Served } from './served.ts'

/** `POST /`, `POST /reconcile`: a body in, a body out; 202 and where to look, where something is not done yet. */
export function ask(served: Served, only?: BodyType): (c: Context) => Promise<Response> {
  return async c => {
    const wait = waitOf(c, waitMax)
    if (typeof wait !== 'number') return wait
    return withBody(served, c, async bytes => {
      const { signal } = c.req.raw
      const type = only ?? bodyTypeIn(c.req.header('content-type'), bytes)
      const answer = await served.port.handle({ type, bytes, from: peerOf(served, c), wait, signal })
      return 'ok' in answer ? answered(answer.ok) : refusalResponse(answer.error)
    })
  }
}

function answered({ type, bytes, pending = [] }: Answer): Response {
  const headers = { 'content-type': media[type], 'cache-control': 'no-store' }
  const [first] = pending
  const body = unshared(bytes)
  if (!first) return new Response(body, { headers })
  const named = pending.slice(0, pendingMax).map(one => `${one.kind}=${one.cid}`)
  return new Response(body, {
    status: 202,
    headers: { ...headers, location: placeOf(first), 'ipvm-pending': named.join(', ') },
  })
}

/** Where what is still to come will be found. */
export function placeOf({ kind, cid }: Pending): string {
  return kind === 'receipt' ? `/receipts/${cid}` : `/workflows/${cid}`
}
