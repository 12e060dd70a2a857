// Who asks: signs invocations ahead of time, and sends them when it is told to.
import { connect } from 'node:net'
import { openNetwork, type Network } from '@ipvm/network'
import { libp2pTransport } from '@ipvm/network/libp2p'
import { Asker, outcomes, type Whom } from './asker.ts'
import { load, post } from './load.ts'
import { answer } from './program.ts'
import { realWorld } from './world.ts'

const asker = new Asker()
let network: Network | undefined
let peer = ''
const bodies = new Map<string, readonly Uint8Array[]>()

/** What is to be signed under a name. */
interface Batch {
  readonly name: string
  readonly count: number
  /** The first number; each further invocation has the next. */
  readonly from: number
  /** After so many numbers they begin again. */
  readonly distinct: number
}

/** Why answers are none: each has to have a receipt of a task that went well. */
async function wrongAmong(answers: readonly Uint8Array[]): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const bytes of answers) {
    const found = await outcomes(bytes).catch((thrown: unknown) => String(thrown))
    if (typeof found === 'string') wrong.push(found)
    else if (found.size === 0) wrong.push('an answer has no receipt')
  }
  return wrong
}

interface Sending {
  readonly name: string
  readonly url: string
  readonly connections: number
  /** Whether receipts are what has to come back. */
  readonly isOurs: boolean
}

/** Opens an event stream and keeps it; resolves when its head is there. */
function watch(url: URL, from: string): Promise<void> {
  const socket = connect({ port: Number(url.port), host: url.hostname, localAddress: from })
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n\r\n`)
  return new Promise((resolve, reject) => {
    socket.once('data', part => {
      const head = part.toString('latin1', 0, 200)
      if (head.startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(head))
    })
    socket.on('data', () => {})
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('a stream was closed')))
  })
}

/** Streams of one address: fewer than a node gives to one. */
const perAddress = 50

const handlers = {
  key: () => asker.key(),
  askOf: (whom: Whom) => asker.askOf(whom),
  sign: async ({ name, count, from, distinct }: Batch) => {
    const all: Uint8Array[] = []
    for (let n = 0; n < count; n++) all.push(await asker.body(from + (n % distinct), n))
    bodies.set(name, all)
  },
  /** Sends all of a name's over so many connections. */
  load: async ({ name, url, connections, isOurs }: Sending) => {
    const where = new URL(url)
    const requests = (bodies.get(name) ?? []).map(body => post(where, `${where.pathname}${where.search}`, body))
    const { some, ...done } = await load(where, requests, connections)
    return { ...done, wrong: [...done.wrong, ...(isOurs ? await wrongAmong(some) : [])] }
  },
  /** Makes itself known to a node over libp2p. */
  connect: async (address: string) => {
    network ??= await openNetwork({ world: realWorld, transports: [libp2pTransport({ isOpen: true })] })
    const met = await network.connect(address)
    if ('error' in met) throw new Error(met.error.message)
    peer = met.ok.name
  },
  /** Sends all of a name's over libp2p, so many at once: how many a second. */
  ask: async ({ name, atOnce }: { name: string; atOnce: number }) => {
    const left = [...(bodies.get(name) ?? [])]
    const count = left.length
    const some: Uint8Array[] = []
    const asking = async () => {
      for (let bytes = left.pop(); bytes; bytes = left.pop()) {
        const told = await network?.request(peer, { type: 'container', bytes }, { wait: 10_000 })
        if (!told || 'error' in told) throw new Error(told?.error.message ?? 'connect first')
        if (left.length % 500 === 0) some.push(told.ok.bytes)
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: atOnce }, asking))
    const perSecond = (count * 1000) / (performance.now() - began)
    return { perSecond, wrong: await wrongAmong(some) }
  },
  /** Opens so many event streams, from several addresses of this machine, the first of which is the one of this number. */
  watch: async ({ url, count, from }: { url: string; count: number; from: number }) => {
    for (let n = 0; n < count; n++) await watch(new URL(url), `127.0.0.${from + Math.floor(n / perAddress)}`)
  },
}
export type Caller = typeof handlers
answer(handlers)
