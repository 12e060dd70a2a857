import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { httpRequestsMax } from '../../limits.ts'
import type { Peer } from '../../peer.ts'
import type { NetworkWorld } from '../../world.ts'
import type { HttpConfig, NodePort } from '../node-port.ts'
import { notFound, refusalResponse, refuse } from '../refuse.ts'
import { sessionHeader, statusHeader } from '../session.ts'
import { describe, didJson, healthz, peerRecord } from './about.ts'
import { ask } from './ask.ts'
import { answerAsked, getAsked } from './asked.ts'
import { Asks } from './asks.ts'
import { getIpfs } from './ipfs.ts'
import { putIpfs } from './put.ts'
import { getEvents, getReceipts, getWorkflow } from './reads.ts'
import type { Served } from './served.ts'
import { StreamGate } from './stream-gate.ts'
import type { TopicHub } from './topic-hub.ts'
import { listen, say } from './topics.ts'

type Answering = (c: Context) => Response | Promise<Response>

/** Of what a server is made. */
export interface AppOptions {
  readonly port: NodePort
  readonly topics: TopicHub
  readonly world: NetworkWorld
  readonly config?: HttpConfig
  /** What those are asked who hold streams; nothing, where it is left out. */
  readonly asks?: Asks
  /** Who asks, where it came by a stream that this node holds. */
  readonly askedBy?: (request: Request) => Peer | undefined
  /** Hears of our own bugs and faults of the disk. */
  readonly log?: (line: string, cause?: unknown) => void
}

/**
 * The HTTP of a node, as an app of web `Request`s and `Response`s: whoever serves it brings the sockets (`app.fetch`).
 * Left to the server are the size of headers (64 KiB are needed for chains of proofs), the time in which they have to
 * come, the number of connections, TLS, and the address of who asks (`config.addressOf`).
 */
export function createApp({ port, topics, world, config = {}, log, ...options }: AppOptions): Hono {
  const { asks = new Asks(topics, world), askedBy = () => undefined } = options
  const served: Served = { port, topics, world, config, asks, askedBy, bodies: { bytes: 0 } }
  const gate = new StreamGate(world, config.closing)
  const app = new Hono()
  app.onError((cause, c) => {
    log?.(`${c.req.method} ${c.req.path} failed`, cause)
    return refuse(500, { name: 'InternalError', message: 'this node could not answer; try again later' })
  })
  app.notFound(c => notFound(c.req.path.slice(0, 100)))
  if (config.origins !== undefined && config.origins.length > 0) app.use(crossOrigin(config.origins))
  const admitted = admit()
  app.post('/', admitted(ask(served)))
  app.post('/reconcile', admitted(ask(served, 'reconcile')))
  // HEAD is served by hono as GET, whose body it drops.
  app.get('/ipfs/:cid', admitted(getIpfs(served)))
  app.put('/ipfs/:cid', admitted(putIpfs(served)))
  app.get('/receipts/:task', admitted(getReceipts(served)))
  app.get('/workflows/:cid', admitted(getWorkflow(served)))
  app.get('/workflows/:cid/events', admitted(getEvents(served, gate)))
  app.get('/topics', admitted(listen(served, gate)))
  app.get('/topics/:topic', admitted(listen(served, gate)))
  app.post('/topics/:topic', admitted(say(served)))
  app.get('/asked/:id', admitted(getAsked(served)))
  app.post('/asked/:id', admitted(answerAsked(served)))
  // Always, for those who would restart a busy node.
  app.get('/healthz', healthz(served))
  app.get('/.well-known/did.json', admitted(didJson(served)))
  app.get('/.well-known/ipvm-peer', admitted(peerRecord(served)))
  app.get('/openapi.json', admitted(describe()))
  return app
}

/**
 * Lets in as many requests as can be worked at, all routes together. Around each handler, and no middleware: hono answers a
 * route that has one handler without its chain of promises.
 */
function admit(): (handler: Answering) => Answering {
  let count = 0
  return handler => async c => {
    if (count >= httpRequestsMax) {
      return refusalResponse({ name: 'Busy', message: 'this node has too much to do; try again later' })
    }
    count += 1
    try {
      return await handler(c)
    } finally {
      count -= 1
    }
  }
}

function crossOrigin(origins: readonly string[] | '*') {
  return cors({
    origin: typeof origins === 'string' ? origins : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowHeaders: [
      ...['authorization', 'content-type', 'last-event-id', 'range', 'if-none-match', sessionHeader],
      ...[statusHeader, 'ipvm-pending', 'ipvm-retry-after', 'retry-after'],
    ],
    exposeHeaders: [
      'content-range',
      'etag',
      'ipvm-pending',
      'ipvm-retry-after',
      'location',
      'retry-after',
      'x-ipfs-roots',
    ],
    maxAge: 7200,
  })
}
