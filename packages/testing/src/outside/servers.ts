import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Certified } from './certificates.ts'

/** A real server on loopback, and what came to it. */
export interface Outside {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly place: string
  readonly url: string
  /** How many connections it was asked for. */
  connections(): number
  close(): Promise<void>
}

/** Serves HTTP. */
export function httpServer(listener: RequestListener, host = '127.0.0.1', port = 0): Promise<Outside> {
  return listening(createServer({ keepAliveTimeout: 60_000 }, listener), 'http', host, port)
}

/** Serves HTTP with TLS. */
export function httpsServer(certified: Certified, listener: RequestListener): Promise<Outside> {
  return listening(createTlsServer({ ...certified, keepAliveTimeout: 60_000 }, listener), 'https', '127.0.0.1', 0)
}

/** Says what it likes to whoever connects. */
export function rawServer(talk: (socket: Socket) => void, host = '127.0.0.1', port = 0): Promise<Outside> {
  return listening(createPlainServer(talk), 'http', host, port)
}

async function listening(server: Server, scheme: string, host: string, wanted: number): Promise<Outside> {
  const open = new Set<Socket>()
  let count = 0
  server.on('connection', socket => {
    count += 1
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(wanted, host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ port, place: `${host}:${port}`, url: `${scheme}://${host}:${port}/` },
    connections: () => count,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
