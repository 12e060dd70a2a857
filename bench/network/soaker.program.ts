// The load of a soak: some of everything that others do to a node, at a pace that it keeps up with, and of what nobody should.
import { randomBytes } from 'node:crypto'
import { Agent, request, type RequestOptions } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Asker, outcomes, type Whom } from './asker.ts'
import { percentile } from './figures.ts'
import { answer } from './program.ts'

const asker = new Asker()
const agent = new Agent({ keepAlive: true, maxSockets: 128 })
let url = new URL('http://127.0.0.1:1/')
/** A file of some size that the node has, and a workflow that does not end. */
let there = { file: '', workflow: '' }
let isOver = false

/** What was done, by what it is called, and what was answered that should not have been. */
const done = new Map<string, number>()
const wrong: string[] = []
/** How long the last thousand of each took, milliseconds. */
const times = new Map<string, readonly number[]>()
/** The numbers of the tasks whose results were told, or are promised. */
const acknowledged: number[] = []
let next = 1_000_000

function count(what: string): void {
  done.set(what, (done.get(what) ?? 0) + 1)
}

interface Answer {
  readonly status: number
  readonly bytes: Uint8Array
}

function ask(path: string, body?: Uint8Array, more: RequestOptions = {}): Promise<Answer> {
  const method = body ? 'POST' : 'GET'
  const headers = { ...(body && { 'content-type': 'application/vnd.ipvm.container' }), ...more.headers }
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url), { agent, method, ...more, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function task(number: number): Promise<void> {
  const { status, bytes } = await ask('?wait=10', await asker.body(number, 0))
  if (status === 202) return void acknowledged.push(number)
  if (status === 503) return count('tasks told Busy')
  if (status !== 200)
    throw new Error(`a task was answered with ${status}: ${Buffer.from(bytes).toString().slice(0, 300)}`)
  if ((await outcomes(bytes)).size === 0) throw new Error('an answer has no receipt')
  acknowledged.push(number)
}

/** Something that is refused, whatever the node makes of it. */
async function nonsense(): Promise<void> {
  const good = await asker.body(0, Math.floor(Math.random() * 1e6))
  const some: readonly (readonly [string, (Uint8Array | undefined)?, RequestOptions?])[] = [
    ['', randomBytes(300)],
    ['', await asker.forgedBody(1)],
    ['', good.subarray(0, good.length / 2)],
    ['', new Uint8Array(0)],
    ['?wait=soon', good],
    ['receipts/nothing'],
    ['ipfs/bafkreinothing'],
    ['no/such/place'],
    ['', good, { headers: { 'content-type': 'application/vnd.ipld.car' } }],
    ['workflows/x/events', undefined, { headers: { 'last-event-id': '-1' } }],
  ]
  const [path, body, more] = some[Math.floor(Math.random() * some.length)] ?? ['no/such/place']
  const { status } = await ask(path, body, more)
  const isRefused = (status >= 400 && status < 500) || status === 503
  if (!isRefused)
    throw new Error(`"${path}" (${body?.length ?? 0} bytes, ${JSON.stringify(more)}) was answered with ${status}`)
}

/** A connection that is held until the other side has had enough, or this side has. */
function held(seconds: number, begin: (socket: Socket) => () => void): Promise<void> {
  const socket = connect(Number(url.port), url.hostname)
  const end = begin(socket)
  const timer = setTimeout(() => socket.destroy(), seconds * 1000)
  return new Promise(resolve => {
    socket.on('error', () => {})
    socket.on('close', () => {
      end()
      clearTimeout(timer)
      resolve()
    })
  })
}

const head = (method: string, path: string) => `${method} /${path} HTTP/1.1\r\nHost: ${url.host}\r\n`

/** What goes on side by side: how often a second it begins, and how many of it there are at most. */
const doings: Readonly<Record<string, { perSecond: number; most: number; work: () => Promise<void> }>> = {
  'cold tasks': { perSecond: 60, most: 12, work: () => task(next++) },
  'known tasks': { perSecond: 100, most: 12, work: () => task(1_000_000 + Math.floor(Math.random() * 500)) },
  'reads of receipts': {
    ...{ perSecond: 40, most: 16 },
    work: async () => {
      const number = acknowledged[Math.floor(Math.random() * acknowledged.length)]
      if (number === undefined) return
      const { status, bytes } = await ask(`receipts/${asker.task(number)}?wait=10`)
      if (status !== 200 || (await outcomes(bytes)).size === 0) throw new Error(`a receipt was answered with ${status}`)
    },
  },
  'reads of files': {
    ...{ perSecond: 1, most: 4 },
    work: async () => {
      const { status } = await ask(`ipfs/${there.file}`)
      if (status !== 200) throw new Error(`a file was answered with ${status}`)
    },
  },
  'reads of a workflow': {
    ...{ perSecond: 5, most: 4 },
    work: async () => {
      const { status } = await ask(`workflows/${there.workflow}`)
      if (status !== 200) throw new Error(`a workflow was answered with ${status}`)
    },
  },
  'wrong requests': { perSecond: 20, most: 8, work: nonsense },
  watchers: {
    ...{ perSecond: 4, most: 32 },
    work: () =>
      held(5, socket => {
        socket.write(`${head('GET', `workflows/${there.workflow}/events`)}\r\n`)
        socket.resume()
        return () => {}
      }),
  },
  'slow bodies': {
    ...{ perSecond: 1, most: 20 },
    work: () =>
      held(60, socket => {
        socket.write(`${head('POST', '')}Content-Length: 100000\r\n\r\n`)
        const timer = setInterval(() => socket.write('x'), 1000)
        return () => clearInterval(timer)
      }),
  },
  'readers that do not read': {
    ...{ perSecond: 1, most: 20 },
    work: () =>
      held(60, socket => {
        socket.write(`${head('GET', `ipfs/${there.file}`)}\r\n`)
        socket.pause()
        return () => {}
      }),
  },
  'those that hang up': {
    ...{ perSecond: 5, most: 10 },
    work: async () => {
      const body = await asker.body(next++, 0)
      await held(0.01, socket => {
        socket.write(`${head('POST', '?wait=10')}Content-Length: ${body.length}\r\n\r\n`)
        socket.write(body)
        return () => {}
      })
    },
  },
}

function begin(what: string): void {
  const doing = doings[what]
  if (!doing) return
  const { perSecond, most, work } = doing
  let underWay = 0
  const timer = setInterval(() => {
    if (isOver) return clearInterval(timer)
    if (underWay >= most) return count(`${what} put off`)
    underWay += 1
    const began = performance.now()
    work()
      .then(
        () => {
          count(what)
          times.set(what, [...(times.get(what) ?? []).slice(-999), performance.now() - began])
        },
        (thrown: unknown) => {
          count(`${what} gone wrong`)
          if (wrong.length < 10) wrong.push(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
        },
      )
      .finally(() => {
        underWay -= 1
      })
  }, 1000 / perSecond)
}

const readAtOnce = 500

const handlers = {
  key: () => asker.key(),
  begin: (what: Whom & { url: string; file: string; workflow: string }) => {
    asker.askOf(what)
    url = new URL(what.url)
    there = what
    for (const name of Object.keys(doings)) begin(name)
  },
  stop: () => {
    isOver = true
  },
  told: () => {
    const took = [...times].map(([what, all]) => [what, percentile([...all], 0.5)] as const)
    return { done: Object.fromEntries(done), wrong, p50: Object.fromEntries(took) }
  },
  /** Asks a node, at another place maybe, for all receipts that were acknowledged: how many there were, and are. */
  look: async (where: string) => {
    url = new URL(where)
    agent.destroy()
    const numbers = [...new Set(acknowledged)]
    let found = 0
    for (let at = 0; at < numbers.length; at += readAtOnce) {
      const some = numbers.slice(at, at + readAtOnce)
      const { status, bytes } = await ask('', await asker.receiptsBody(some))
      if (status !== 200)
        throw new Error(`receipts were answered with ${status}: ${Buffer.from(bytes).toString().slice(0, 300)}`)
      const outs = await outcomes(bytes)
      found += some.filter(number => outs.get(`${asker.task(number)}`) === number + 1).length
    }
    return { acknowledged: numbers.length, found }
  },
}
export type Soaker = typeof handlers
answer(handlers)
