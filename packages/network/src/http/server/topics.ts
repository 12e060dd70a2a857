import type { Context } from 'hono'
import { messageBytesMax, topicsPerPeerMax } from '../../limits.ts'
import { isTopic } from '../../topic/topics.ts'
import { readBody } from '../body.ts'
import { bodyRefused, malformed, notFound, refusalResponse } from '../refuse.ts'
import { answersQuery, sessionHeader } from '../session.ts'
import { writeEvent } from '../sse.ts'
import { permit, type Permitted, type Served } from './served.ts'
import type { StreamGate } from './stream-gate.ts'
import { TopicStream } from './topic-hub.ts'

/**
 * `GET /topics/:topic` and `GET /topics?topic=…&topic=…`: a stream of what is said, as base64 under the topic's name. As
 * long as it is open, who reads it counts as there. It begins with `hello`.
 */
export function listen(served: Served, gate: StreamGate): (c: Context) => Promise<Response> {
  return async c => {
    const one = c.req.param('topic')
    const topics = one === undefined ? (c.req.queries('topic') ?? []) : [one]
    if (topics.length > topicsPerPeerMax || !topics.every(isTopic)) {
      return malformed(`at most ${topicsPerPeerMax} topics, each of printable characters without spaces`)
    }
    const permitted = await permit(served, c, '/receipt/read', { topics })
    if ('error' in permitted) return refusalResponse(permitted.error)
    const { from } = permitted.ok
    if (!served.topics.context.welcomes(from)) return refusalResponse(setAside)
    return gate.stream(
      from,
      c,
      signal => opened(served, c, permitted.ok, topics, signal),
      () => notFound('a stream'),
    )
  }
}

async function opened(
  { topics: hub }: Served,
  c: Context,
  { from }: Permitted,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const answers = c.req.query(answersQuery) === '1'
  const stream = new TopicStream(from, c.req.header(sessionHeader), topics, answers)
  stream.send(writeEvent(await hub.context.hello()))
  hub.open(stream)
  signal.addEventListener('abort', () => hub.close(stream))
  if (signal.aborted) hub.close(stream)
  return stream.chunks()
}

/** `POST /topics/:topic`: says something. 204 says that it was taken, not that it was believed. */
export function say(served: Served): (c: Context) => Promise<Response> {
  return async c => {
    const topic = c.req.param('topic') ?? ''
    if (!isTopic(topic)) return malformed('a topic has printable characters without spaces')
    const permitted = await permit(served, c, '/receipt/write', { topics: [topic] })
    if ('error' in permitted) return refusalResponse(permitted.error)
    const { from } = permitted.ok
    const { context } = served.topics
    if (!context.welcomes(from)) return refusalResponse(setAside)
    const bytes = await readBody(c.req.raw.body, { bytesMax: messageBytesMax, world: served.world })
    if (typeof bytes === 'string') return bodyRefused(bytes, messageBytesMax)
    // Not awaited: a listener that is slow would keep the connection of who speaks.
    void context.message(topic, bytes, from).then(verdict => {
      if (verdict === 'accept') served.topics.tell(topic, bytes, c.req.header(sessionHeader))
    })
    return new Response(null, { status: 204 })
  }
}

const setAside = {
  name: 'Refused',
  status: 403,
  message: 'this node has set you aside for a while, since you misbehaved',
} as const
