import type { Context } from 'hono'
import type { Refusal } from '../../exchange.ts'
import { bodiesBytesMax, bodyBytesMax } from '../../limits.ts'
import { readRequestBody, unshared } from '../body.ts'
import { bodyRefused, refusalResponse } from '../refuse.ts'
import type { Served } from './served.ts'

/** Reads the body of a request, which has its place among all that are held until it is answered. */
export async function withBody(
  served: Served,
  c: Context,
  answer: (bytes: Uint8Array<ArrayBuffer>) => Promise<Response>,
): Promise<Response> {
  const bytesMax = served.config.bodyBytesMax ?? bodyBytesMax
  // Who does not say how much is coming may bring as much as there is room for.
  const said = c.req.header('content-length')
  const size = Number(said ?? bytesMax)
  if (!(size <= bytesMax)) return bodyRefused('TooLarge', bytesMax)
  if (served.bodies.bytes + size > bodiesBytesMax) return refusalResponse(busy)
  served.bodies.bytes += size
  try {
    const limits = { bytesMax, world: served.world }
    const bytes = await readRequestBody(c.req.raw, said === undefined ? undefined : size, limits)
    return typeof bytes === 'string' ? bodyRefused(bytes, bytesMax) : await answer(unshared(bytes))
  } finally {
    served.bodies.bytes -= size
  }
}

const busy: Refusal = { name: 'Busy', message: 'too many large requests at once; try again later' }
