// What our network is compared with: a stream of libp2p with as little as possible on it, in the words of libp2p alone (TCP,
// noise and yamux as they come), and a GET of Node.
import { get } from 'node:http'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Stream } from '@libp2p/interface'
import { percentile } from './figures.ts'
import { answer, processorSince } from './program.ts'

const protocol = '/bench/echo/1'
const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
})
let connected = multiaddr('/ip4/127.0.0.1/tcp/1')
let kept: Stream | undefined

/** Messages of a stream: their length in four bytes, then their bytes. */
function messages(stream: Stream, heard: (message: Uint8Array) => void): void {
  let got = new Uint8Array(0)
  stream.addEventListener('message', ({ data }) => {
    const part = data.subarray()
    got = got.length === 0 ? part.slice() : Uint8Array.from(Buffer.concat([got, part]))
    let at = 0
    while (got.length - at >= 4) {
      const length = new DataView(got.buffer, got.byteOffset + at, 4).getUint32(0)
      if (got.length - at - 4 < length) break
      heard(got.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    got = got.slice(at)
  })
}

function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + message.length)
  new DataView(bytes.buffer).setUint32(0, message.length)
  bytes.set(message, 4)
  return bytes
}

function echo(stream: Stream): void {
  messages(stream, message => stream.send(framed(message)))
  // Both sides have to close a stream, or it counts as open.
  stream.addEventListener('remoteCloseWrite', () => void stream.close().catch(() => undefined))
}

await node.handle(protocol, echo, { maxInboundStreams: 256, maxOutboundStreams: 256 })

async function timed(count: number, atOnce: number, request: () => Promise<void>) {
  const times: number[] = []
  let next = 0
  const asking = async () => {
    while (next++ < count) {
      const began = performance.now()
      await request()
      times.push(performance.now() - began)
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: atOnce }, asking))
  return { perSecond: (count * 1000) / (performance.now() - began), p50: percentile(times, 0.5) }
}

const handlers = {
  address: () => `${node.getMultiaddrs()[0]}`,
  connect: async (address: string) => {
    connected = multiaddr(address)
    await node.dial(connected)
    kept = await node.dialProtocol(connected, protocol)
  },
  /** Over one stream that stays open; what is answered comes in the order of the requests. */
  ask: ({ count, atOnce, body }: { count: number; atOnce: number; body: Uint8Array }) => {
    const stream = kept
    if (!stream) throw new Error('connect first')
    const waiting: (() => void)[] = []
    messages(stream, message => {
      if (message.length === body.length) waiting.shift()?.()
    })
    return timed(count, atOnce, () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      stream.send(framed(body))
      return promise
    })
  },
  /** A stream of its own for each request, as most protocols of libp2p have it. */
  askAnew: ({ count, atOnce, body }: { count: number; atOnce: number; body: Uint8Array }) =>
    timed(count, atOnce, async () => {
      const stream = await node.dialProtocol(connected, protocol)
      const { promise, resolve } = Promise.withResolvers<void>()
      messages(stream, () => resolve())
      stream.send(framed(body))
      await promise
      await stream.close()
    }),
  /** Milliseconds of a GET, and those of a processor, until all of it is put together. */
  get: async ({ url, length }: { url: string; length: number }) => {
    const [began, used] = [performance.now(), process.cpuUsage()]
    const chunks: Buffer[] = []
    await new Promise<void>((resolve, reject) => {
      get(url, response => {
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve())
      }).on('error', reject)
    })
    if (Buffer.concat(chunks).length !== length) throw new Error('the file is not whole')
    return { took: performance.now() - began, processor: processorSince(used) }
  },
}
export type Raw = typeof handlers
answer(handlers)
