import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { Socket, type AddressInfo } from 'node:net'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import {
  headersBytesMax,
  headersMilliseconds,
  keepAliveMilliseconds,
  resetsBurst,
  resetsPerSecond,
  sessionMegabytesMax,
  streamsPerConnectionMax,
} from '../limits.ts'
import type { Certificate } from './certificate.ts'

/** A request as Node has it, of either version of HTTP. */
export type Incoming = IncomingMessage | Http2ServerRequest
/** Its answer. */
export type Outgoing = ServerResponse | Http2ServerResponse

/** What answers requests. */
export type Listener = (incoming: Incoming, outgoing: Outgoing) => void

/** The address cannot be listened to. */
export interface AddressUnusable extends Failure {
  readonly name: 'AddressUnusable'
}

/** The limits of sockets that are set by whoever serves. */
export interface SocketLimits {
  /** How many connections there may be. */
  readonly connections: number
  /** How long an answer waits for somebody who takes none of it, milliseconds. */
  readonly take: number
}

const limits = {
  maxHeaderSize: headersBytesMax,
  headersTimeout: headersMilliseconds,
  // Large files may take long; whoever reads a body sees to its pace.
  requestTimeout: 0,
  keepAliveTimeout: keepAliveMilliseconds,
  connectionsCheckingInterval: headersMilliseconds / 4,
}

/** A server of HTTP/1.1. */
export function plainServer(listener: Listener, { connections, take }: SocketLimits): Server {
  const server = createServer(limits, listener)
  server.maxConnections = connections
  server.setTimeout(take, letGo)
  return server
}

/** A server of HTTP/2 and HTTP/1.1 over TLS; which one is agreed on in the handshake (ALPN). */
export function secureServer(
  listener: Listener,
  { cert, key }: Certificate,
  { connections, take }: SocketLimits,
): Http2SecureServer {
  const http2 = {
    streamResetBurst: resetsBurst,
    streamResetRate: resetsPerSecond,
    maxSessionMemory: sessionMegabytesMax,
    settings: { maxConcurrentStreams: streamsPerConnectionMax, maxHeaderListSize: headersBytesMax },
  }
  const tls = { ...{ cert, key }, minVersion: 'TLSv1.2' as const, handshakeTimeout: headersMilliseconds }
  const server = createSecureServer({ ...limits, ...http2, ...tls, allowHTTP1: true }, listener)
  server.maxConnections = connections
  server.setTimeout(take)
  server.on('timeout', letGo)
  return server
}

/** Who waits for an answer may be silent; who has one and takes nothing of it may not. Of HTTP/2, each request has a time. */
function letGo(socket?: unknown): void {
  if (socket instanceof Socket && socket.writableLength > 0) socket.destroy()
}

/** Listens. Gives the port. Failure: `AddressUnusable`. */
export async function listenAt(
  server: Server | Http2SecureServer,
  host: string,
  port: number,
): Promise<Result<number, AddressUnusable>> {
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
    return ok(boundAt(server.address()) ?? port)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
    const why = reasons[code] ?? code
    const message = `${host} port ${port} cannot be used: ${why}; choose another one with --port, or 0 for any`
    return error({ name: 'AddressUnusable', message })
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'you may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such address',
}

function boundAt(address: AddressInfo | string | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined
}
