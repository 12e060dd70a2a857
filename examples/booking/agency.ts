import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

// A travel agency: it takes bookings and cancellations, and keeps a list of all that came. Cards are declined above 1,000.
// `node agency.ts [PORT] [MILLISECONDS]`: how long it takes for each answer.

const [port = '8377', milliseconds = '0'] = process.argv.slice(2)
const cardLimit = 1000

/** What came: what was asked for, under which key, and whether it was done now. */
const log: { readonly what: string; readonly key: string; readonly done: boolean }[] = []
const bookings = new Map<string, string>()
/** What was answered under a key: the same is answered again. */
const answers = new Map<string, readonly [status: number, body: string]>()

const server = createServer(async (request, response) => {
  const { method = '', url = '' } = request
  if (url === '/log') return answer(response, 200, JSON.stringify({ log, bookings: [...bookings.keys()] }))
  const key = String(request.headers['idempotency-key'])
  const body = await textOf(request)
  const known = answers.get(key)
  const now = known ?? done(method, url, body)
  answers.set(key, now)
  log.push({ what: `${method} ${url}`, key, done: !known && now[0] < 300 })
  setTimeout(() => answer(response, ...now), Number(milliseconds))
})

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}`)
})

function done(method: string, url: string, body: string): readonly [number, string] {
  if (method === 'POST') {
    const { price } = JSON.parse(body)
    return price > cardLimit ? [402, '{"problem":"the card was declined"}'] : [200, '{"paid":true}']
  }
  if (method === 'DELETE') {
    bookings.delete(url)
    return [200, '{"cancelled":true}']
  }
  bookings.set(url, body)
  return [200, JSON.stringify({ booked: url.slice(1) })]
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}
