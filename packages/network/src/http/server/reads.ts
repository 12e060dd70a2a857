import { encodeJson, type CID } from '@ipvm/ipld'
import { limits as ucanLimits, writeContainer } from '@ipvm/ucan'
import type { Context } from 'hono'
import { heartbeatEvery, waitMax } from '../../limits.ts'
import type { NetworkWorld } from '../../world.ts'
import { media } from '../media.ts'
import type { RunEvent } from '../node-port.ts'
import { malformed, notFound } from '../refuse.ts'
import { heartbeat, writeEvent } from '../sse.ts'
import type { StreamGate } from './stream-gate.ts'
import { readable, waitOf, type Served } from './served.ts'

const utf8 = new TextEncoder()

/** `GET /receipts/:task`: a container of all receipts of a task. */
export function getReceipts(served: Served): (c: Context) => Promise<Response> {
  return readable(served, 'task', { cmd: '/receipt/read', argument: 'task' }, async (c, task) => {
    const wait = waitOf(c, waitMax)
    if (typeof wait !== 'number') return wait
    const receipts = (await served.port.receipts?.(task, wait, c.req.raw.signal)) ?? []
    if (receipts.length === 0) return notFound(`a receipt of ${task}`)
    const container = await writeContainer(receipts.slice(-ucanLimits.containerTokensMax))
    return new Response(container, { headers: { 'content-type': media.container, 'cache-control': 'no-store' } })
  })
}

/** `GET /workflows/:cid`: what is known of a workflow, as DAG-JSON. */
export function getWorkflow(served: Served): (c: Context) => Promise<Response> {
  return readable(served, 'cid', { cmd: '/workflow/read', argument: 'workflow' }, async (_, cid) => {
    const known = await served.port.workflow?.(cid)
    if (known === undefined) return notFound(`workflow ${cid}`)
    const headers = { 'content-type': media.dagJson, 'cache-control': 'no-store' }
    return new Response(encodeJson(known), { headers })
  })
}

/** `GET /workflows/:cid/events`: what happens in its run, from after `Last-Event-ID` on, until the run ends. */
export function getEvents(served: Served, gate: StreamGate): (c: Context) => Promise<Response> {
  return readable(served, 'cid', { cmd: '/workflow/read', argument: 'workflow' }, async (c, cid, { from }) => {
    const after = Number(c.req.header('last-event-id') ?? c.req.query('after') ?? 0)
    if (!Number.isSafeInteger(after) || after < 0) return malformed('"Last-Event-ID" is the number of an event')
    return gate.stream(
      from,
      c,
      signal => runEvents(served, cid, after, signal),
      () => notFound(`workflow ${cid}`),
    )
  })
}

async function runEvents(
  served: Served,
  cid: CID,
  after: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const events = await served.port.events?.(cid, after, signal)
  return events && eventChunks(events, served.world)
}

/** Events as bytes, and a word now and then while nothing happens. */
async function* eventChunks(
  events: AsyncIterable<RunEvent>,
  world: Pick<NetworkWorld, 'after'>,
): AsyncGenerator<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]()
  try {
    let next = iterator.next()
    for (;;) {
      const idle = Promise.withResolvers<'idle'>()
      const cancel = world.after(heartbeatEvery, () => idle.resolve('idle'))
      const came = await Promise.race([next, idle.promise])
      cancel()
      if (came === 'idle') {
        yield utf8.encode(heartbeat)
        continue
      }
      if (came.done) return
      const { id, event, data } = came.value
      yield utf8.encode(writeEvent({ id: `${id}`, event, data: encodeJson(data) }))
      next = iterator.next()
    }
  } finally {
    void iterator.return?.()
  }
}
