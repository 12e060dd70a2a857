import { createServer, type ServerResponse } from 'node:http'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { isOwnHost } from '../serve/host.ts'
import type { Metrics } from './metrics.ts'

export { Metrics } from './metrics.ts'

/** The port cannot be listened to. */
export interface PortUnusable extends Failure {
  readonly name: 'PortUnusable'
}

/** A server of metrics, until it is closed. */
export interface MetricsServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves `GET /metrics` on the loopback alone; port 0 lets the system choose one. */
export async function serveMetrics(metrics: Metrics, port: number): Promise<Result<MetricsServer, PortUnusable>> {
  const server = createServer((request, response) => {
    // A page of the web must not read it by a name of its own that leads here.
    if (!isOwnHost(request.headers.host, request.socket.localAddress, [])) {
      return answer(response, 421, 'text/plain', 'ask for localhost\n')
    }
    if (request.url?.split('?')[0] !== '/metrics') return answer(response, 404, 'text/plain', 'GET /metrics\n')
    if (request.method !== 'GET') return answer(response, 405, 'text/plain', 'GET alone\n')
    metrics.text().then(
      text => answer(response, 200, metrics.contentType, text),
      (thrown: unknown) => answer(response, 500, 'text/plain', `${thrown}\n`),
    )
  })
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  try {
    await listening
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
    const why = { EADDRINUSE: 'another program listens there', EACCES: 'you may not listen there' }[code] ?? code
    return error({
      name: 'PortUnusable',
      message: `port ${port} cannot be used: ${why}; choose another one, or 0 for any`,
    })
  }
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return ok({
    url: `http://127.0.0.1:${bound}/metrics`,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  })
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type }).end(text)
}
