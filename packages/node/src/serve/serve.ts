import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { eventRoutes } from '@ipvm/events/http'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { Hono } from 'hono'
import {
  connectionsDefault,
  headersBytesMax,
  headersMilliseconds,
  keepAliveMilliseconds,
  requestMilliseconds,
  takeMilliseconds,
} from '../limits.ts'
import type { IpvmNode } from '../node.ts'

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

/** All that a node answers over HTTP. */
export function nodeApp(node: IpvmNode): Hono {
  const app = new Hono()
  app.route('/', eventRoutes(node.events))
  app.notFound(c => c.json({ error: { name: 'NotFound', message: 'there is nothing here' } }, 404))
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
  const server = createServer(limits, getRequestListener(nodeApp(node).fetch))
  server.maxConnections = connectionsDefault
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
  return ok({
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
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
