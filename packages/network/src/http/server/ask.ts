import type { Context } from 'hono'
import type { Answer, BodyType, Pending, Refusal } from '../../exchange.ts'
import { bodiesBytesMax, bodyBytesMax, pendingMax, waitMax } from '../../limits.ts'
import { readRequestBody, unshared } from '../body.ts'
import { bodyTypeIn, media } from '../media.ts'
import { bodyRefused, refusalResponse } from '../refuse.ts'
import { peerOf, waitOf, type Served } from './served.ts'

/** `POST /`, `POST /reconcile`: a body in, a body out; 202 and where to look, where something is not done yet. */
export function ask(served: Served, only?: BodyType): (c: Context) => Promise<Response> {
  return async c => {
    const bytesMax = served.config.bodyBytesMax ?? bodyBytesMax
    const wait = waitOf(c, waitMax)
    if (typeof wait !== 'number') return wait
    // Who does not say how much is coming may bring as much as there is room for.
    const said = c.req.header('content-length')
    const size = Number(said ?? bytesMax)
    if (!(size <= bytesMax)) return bodyRefused('TooLarge', bytesMax)
    if (served.bodies.bytes + size > bodiesBytesMax) return refusalResponse(busy)
    served.bodies.bytes += size
    try {
      return await asked(served, c, { wait, bytesMax, size: said === undefined ? undefined : size }, only)
    } finally {
      served.bodies.bytes -= size
    }
  }
}

interface Asking {
  readonly wait: number
  readonly bytesMax: number
  /** What the request says that it has. */
  readonly size: number | undefined
}

async function asked(served: Served, c: Context, { wait, size, bytesMax }: Asking, only?: BodyType): Promise<Response> {
  const { raw } = c.req
  const bytes = await readRequestBody(raw, size, { bytesMax, world: served.world })
  if (typeof bytes === 'string') return bodyRefused(bytes, bytesMax)
  const type = only ?? bodyTypeIn(c.req.header('content-type'), bytes)
  const answer = await served.port.handle({ type, bytes, from: peerOf(served, c), wait, signal: raw.signal })
  return 'ok' in answer ? answered(answer.ok) : refusalResponse(answer.error)
}

const busy: Refusal = { name: 'Busy', message: 'too many large requests at once; try again later' }

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
