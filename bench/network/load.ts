import { connect } from 'node:net'
import { percentile } from './figures.ts'

/** What came of a load. */
export interface Load {
  readonly perSecond: number
  /** Milliseconds from the request's first byte to the answer's last. */
  readonly p50: number
  readonly p99: number
  readonly count: number
  /** Microseconds of processor that the load itself used for each request: what it takes from the others. */
  readonly processor: number
  /** How many bytes a request and an answer had, heads included. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /** The first answers that were none. */
  readonly wrong: readonly string[]
  /** Some of the answers' bodies, to be looked at afterwards. */
  readonly some: readonly Uint8Array[]
}

const someEach = 500

/** A POST as it goes over the wire. */
export function post(url: URL, path: string, body: Uint8Array): Buffer {
  const type = 'Content-Type: application/vnd.ipvm.container\r\n'
  const head = `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\n${type}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/**
 * Sends requests that were made ahead over some connections, one at a time on each, all of them once. Over raw sockets,
 * which cost little: on few cores the load takes its part from whomever it asks.
 */
export async function load(url: URL, requests: readonly Buffer[], connections: number): Promise<Load> {
  const work = new Work(requests)
  const used = process.cpuUsage()
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, () => work.over(url)))
  const milliseconds = performance.now() - began
  const { user, system } = process.cpuUsage(used)
  const { times, some, wrong } = work
  const count = times.length
  return {
    perSecond: (count * 1000) / milliseconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    count,
    processor: (user + system) / count,
    bytes: { sent: work.sent / count, received: work.received / count },
    wrong,
    some,
  }
}

class Work {
  readonly times: number[] = []
  readonly wrong: string[] = []
  readonly some: Uint8Array[] = []
  sent = 0
  received = 0
  readonly #requests: readonly Buffer[]
  #next = 0

  constructor(requests: readonly Buffer[]) {
    this.#requests = requests
  }

  /** One connection, until nothing is left to be asked. */
  over(url: URL): Promise<void> {
    const socket = connect(Number(url.port), url.hostname)
    socket.setNoDelay()
    return new Promise((resolve, reject) => {
      let began = 0
      let got = Buffer.alloc(0)
      let end = 0
      const ask = () => {
        const request = this.#requests[this.#next++]
        if (!request) {
          socket.end()
          return resolve()
        }
        began = performance.now()
        got = Buffer.alloc(0)
        end = 0
        this.sent += request.length
        socket.write(request)
      }
      socket.on('connect', ask)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server has closed the connection')))
      socket.on('data', part => {
        got = got.length === 0 ? part : Buffer.concat([got, part])
        end ||= answerEnd(got)
        if (end === 0 || got.length < end) return
        this.#came(got, performance.now() - began)
        ask()
      })
    })
  }

  #came(answer: Buffer, time: number): void {
    this.times.push(time)
    this.received += answer.length
    const isRight = answer.toString('latin1', 0, 12) === 'HTTP/1.1 200'
    if (!isRight && this.wrong.length < 3) this.wrong.push(answer.toString('latin1', 0, 600))
    if (isRight && this.times.length % someEach === 1) this.some.push(answer.subarray(answer.indexOf('\r\n\r\n') + 4))
  }
}

/** Where an answer ends, by its head; 0 while that is not whole. */
function answerEnd(got: Buffer): number {
  const end = got.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = /\r\ncontent-length: *(\d+)/i.exec(got.toString('latin1', 0, end))?.[1]
  if (length === undefined) throw new Error(`an answer does not say how long it is: ${got.toString('latin1', 0, end)}`)
  return end + 4 + Number(length)
}
