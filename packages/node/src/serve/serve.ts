import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { eventRoutes } from '@ipvm/events/http'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import type { App } from '@ipvm/network/http/server'
import { Hono } from 'hono'
import {
  connectionsMax,
  headersBytesMax,
  headersMilliseconds,
  keepAliveMilliseconds,
  requestMilliseconds,
  takeMilliseconds,
} from '../limits.ts'
import type { IpvmNode } from '../node.ts'
import { HttpNetwork } from './http-network.ts'

/** Where a node is reached over HTTP. */
export interface ServeOptions {
  /** The loopback, where nothing else is said. */
  readonly host: string
  /** 0 lets the system choose one. */
  readonly port: number
  /** How long an answer waits for somebody who takes none of it, milliseconds; half a minute, where it is absent. */
  readonly take?: number
}

/** The address cannot be listened to. */
export interface AddressUnusable extends Failure {
  readonly name: 'AddressUnusable'
}

/** A server, until it is closed. */
export interface Serving {
  readonly url: string
  close(): Promise<void>
}

/** All that a node answers over HTTP: the events of its triggers, and what others ask of it, once its network is open. */
export function nodeApp(node: IpvmNode, network: () => App | undefined = () => undefined): Hono<{ Bindings: object }> {
  const app = new Hono<{ Bindings: object }>()
  app.route('/', eventRoutes(node.events))
  app.notFound(c => {
    const others = network()
    if (others) return others(c.req.raw, c.env)
    return c.json({ error: { name: 'NotFound', message: 'there is nothing here' } }, 404)
  })
  // What went wrong is told to the owner, by receipts and runs; a stranger hears that it did.
  app.onError((_thrown, c) => c.json({ error: { name: 'Fault', message: 'it went wrong here' } }, 500))
  return app
}

/** Serves a node over HTTP, within limits of time, size and number. Failure: `AddressUnusable`. */
export async function serve(
  node: IpvmNode,
  { host, port, take = takeMilliseconds }: ServeOptions,
): Promise<Result<Serving, AddressUnusable>> {
  const limits = {
    maxHeaderSize: headersBytesMax,
    headersTimeout: headersMilliseconds,
    requestTimeout: requestMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    connectionsCheckingInterval: headersMilliseconds / 2,
  }
  const network = new HttpNetwork(node)
  const listener = getRequestListener(nodeApp(node, () => network.app).fetch, { overrideGlobalObjects: false })
  const server = createServer(limits, listener)
  server.maxConnections = connectionsMax
  // Who waits for an answer may be silent; who has one and takes nothing of it may not.
  server.setTimeout(take, socket => {
    if (socket.writableLength > 0) socket.destroy()
  })
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
    const why = { EADDRINUSE: 'another program listens there', EACCES: 'you may not listen there' }[code] ?? code
    const message = `${host} port ${port} cannot be used: ${why}; choose another one with --port, or 0 for any`
    return error({ name: 'AddressUnusable', message })
  }
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  await network.open([`${url}/`])
  return ok({
    url,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), closeMilliseconds).unref()
      }),
  })
}

/** How long requests may take to end when the server stops, milliseconds. */
const closeMilliseconds = 500
