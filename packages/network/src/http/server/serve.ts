import { error } from '@ipvm/ipld'
import { heartbeatEvery } from '../../limits.ts'
import type { Peer } from '../../peer.ts'
import type { NetworkWorld } from '../../world.ts'
import { toBase64 } from '../base64.ts'
import type { HttpConfig, NodePort } from '../node-port.ts'
import { helloEvent } from '../session.ts'
import type { StartServer } from '../transport.ts'
import { createApp } from './app.ts'
import { Asks } from './asks.ts'
import { TopicHub } from './topic-hub.ts'

/**
 * What a node shows over HTTP beside what its network serves. Its own `block` is for who was authorised; without one,
 * they get what the network's gives to peers.
 */
export type NodeReads = Omit<NodePort, 'handle' | 'block'> & Partial<Pick<NodePort, 'block'>>

/** An app as a function of web requests; `env` is what the server knows besides. */
export type App = (request: Request, env?: object) => Response | Promise<Response>

/** What is served, and by whom. */
export interface HttpServerOptions {
  readonly node: NodeReads
  readonly config?: HttpConfig
  /** Gets the app, to serve it: see {@link createApp} for what is left to the server. */
  readonly serve: (app: App) => void
  /** Hears of our own bugs and faults of the disk. */
  readonly log?: (line: string, cause?: unknown) => void
}

/** The serving half of the transport over HTTP. */
export function httpServer({ node, config, serve, log }: HttpServerOptions): StartServer {
  return ({ host, message }) => {
    const askedBy = new WeakMap<Request, Peer>()
    const topics = new TopicHub({
      welcomes: peer => host.welcomes(peer),
      mayHear: (topic, peer) => host.mayHear(topic, peer),
      message,
      came: peer => host.came(peer),
      went: peer => {
        asks.went(peer)
        host.went(peer)
      },
      hello: async () => ({ event: helloEvent, data: toBase64((await node.record?.()) ?? new Uint8Array(0)) }),
    })
    const port: NodePort = {
      ...node,
      handle: request => (host.welcomes(request.from) ? host.answer(request) : Promise.resolve(error(setAside))),
      block: async (cid, from) => (host.welcomes(from) ? (node.block ?? host.block)(cid, from) : undefined),
    }
    const { world, bodyBytesMax } = host
    const asks = new Asks(topics, world)
    const app = createApp({
      ...{ port, topics, world, asks, askedBy: request => askedBy.get(request) },
      config: { ...config, bodyBytesMax },
      ...(log && { log }),
    })
    serve((request, env) => app.fetch(request, env))
    const stopBeating = beating(topics, world)
    return {
      tell: (topic, bytes) => topics.tell(topic, bytes),
      peers: () => topics.peers(),
      fetchOf: peer => asks.fetchOf(peer),
      answer: async (request, from) => {
        askedBy.set(request, from)
        return app.fetch(request)
      },
      disconnect: peer => topics.disconnect(peer),
      close: () => {
        stopBeating()
        topics.closeAll()
      },
    }
  }
}

/** Keeps idle event streams alive; the function that it gives ends that. */
function beating(topics: TopicHub, world: Pick<NetworkWorld, 'after'>): () => void {
  let cancel = () => {}
  const beat = () => {
    topics.beat()
    cancel = world.after(heartbeatEvery, beat)
  }
  cancel = world.after(heartbeatEvery, beat)
  return () => cancel()
}

const setAside = {
  name: 'Refused',
  status: 403,
  message: 'this node has set you aside for a while, since you misbehaved',
} as const
