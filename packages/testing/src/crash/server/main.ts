import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Arrival, ArrivalKind } from './arrival.ts'
import { CountingServer } from './counting-server.ts'

// The counting server as a process of its own, which nobody kills: it says its port, and ends with whoever started it.

const lateMilliseconds = 60
const kinds: ReadonlyMap<string, ArrivalKind> = new Map([
  ['GET /value', 'value'],
  ['PUT /keyed', 'keyed'],
  ['POST /once', 'once'],
])

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
  const [, path = '', id = ''] = /^\/(\w+)\/(.*)$/.exec(pathname) ?? []
  const asked = `${request.method} /${path}`
  const kind = kinds.get(asked)
  if (kind) {
    const key = request.headers['idempotency-key']
    const more = { ...(typeof key === 'string' && { key }), ...(sent !== undefined && { sent }) }
    reply(response, counting.arrive({ kind, id, ...more }, (searchParams.get('faults') ?? '').split(',')))
  } else if (asked === 'GET /log') json(response, 200, counting.log(id))
  else if (asked === 'GET /once') json(response, 200, counting.answerOf(id))
  else json(response, 404, null)
}

function reply(response: ServerResponse, { value, fault }: Arrival): void {
  if (fault === 'refuse') json(response, 409, null)
  else if (fault === 'busy') json(response, 503, null)
  else if (fault === 'drop') response.destroy()
  else if (fault === 'late') setTimeout(() => json(response, 200, value), lateMilliseconds)
  else if (fault !== 'hang') json(response, 200, value)
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
