import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Arrival } from './arrival.ts'
import { CountingServer } from './counting-server.ts'

// The counting server as a process of its own, which nobody kills: it says its port, and ends with whoever started it.

const lateMilliseconds = 60
const counting = new CountingServer()

const server = createServer((request, response) => {
  read(request).then(
    sent => answer(request, response, sent),
    // Whoever was killed while sending has sent nothing.
    () => response.destroy(),
  )
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  console.log(address.port)
})

process.stdin.on('end', () => process.exit()).resume()

async function read(request: IncomingMessage): Promise<number | undefined> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text === '' ? undefined : Number(text)
}

function answer(request: IncomingMessage, response: ServerResponse, sent: number | undefined): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const [, kind = '', id = ''] = /^\/(\w+)\/(.*)$/.exec(pathname) ?? []
  const faults = (searchParams.get('faults') ?? '').split(',')
  const key = request.headers['idempotency-key']
  const asked = { id, ...(typeof key === 'string' && { key }), ...(sent !== undefined && { sent }) }
  switch (`${request.method} /${kind}`) {
    case 'GET /log':
      return json(response, 200, counting.log(id))
    case 'GET /once':
      return json(response, 200, counting.arrivals('once', id).find(({ acted }) => acted)?.value ?? null)
    case 'GET /value':
      return reply(response, counting.arrive({ kind: 'value', ...asked }, faults))
    case 'PUT /keyed':
      return reply(response, counting.arrive({ kind: 'keyed', ...asked }, faults))
    case 'POST /once':
      return reply(response, counting.arrive({ kind: 'once', ...asked }, faults))
    default:
      return json(response, 404, null)
  }
}

function reply(response: ServerResponse, { value, fault }: Arrival): void {
  switch (fault) {
    case 'refuse':
      return json(response, 409, null)
    case 'busy':
      return json(response, 503, null)
    case 'drop':
      return void response.destroy()
    case 'late':
      return void setTimeout(() => json(response, 200, value), lateMilliseconds)
    case 'hang':
      return
    default:
      return json(response, 200, value)
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
