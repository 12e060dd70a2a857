// Asks one path over some connections, one request at a time on each, for a while, and prints what came of it as JSON: how
// many answers a second, and after how many milliseconds. In a process of its own; raw sockets, so that it costs little.
import { createConnection } from 'node:net'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    connections: { type: 'string', default: '16' },
    milliseconds: { type: 'string', default: '5000' },
    /** Where distinct bodies begin; the same body each time, where it is absent. */
    from: { type: 'string' },
  },
})
const url = new URL(values.url)
const until = performance.now() + Number(values.milliseconds)
let next = values.from === undefined ? undefined : Number(values.from)
const times: number[] = []
const wrong: string[] = []

function request(): { text: string; answer: string } {
  const n = next === undefined ? 41 : next++
  const body = String(n)
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n`
  return { text: `${head}Content-Length: ${body.length}\r\n\r\n${body}`, answer: String(n + 1) }
}

function connection(): Promise<void> {
  const socket = createConnection(Number(url.port), url.hostname)
  socket.setNoDelay()
  socket.setEncoding('latin1')
  return new Promise((resolve, reject) => {
    let [began, got, wanted] = [0, '', '']
    const ask = () => {
      if (performance.now() > until) {
        socket.end()
        return resolve()
      }
      const { text, answer } = request()
      ;[began, got, wanted] = [performance.now(), '', answer]
      socket.write(text)
    }
    socket.on('connect', ask)
    socket.on('error', reject)
    socket.on('data', (part: string) => {
      got += part
      const end = got.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/content-length: (\d+)/i.exec(got)?.[1])
      if (got.length < end + 4 + length) return
      times.push(performance.now() - began)
      // The peer answers the same each time.
      const isRight = got.startsWith('HTTP/1.1 200') && (got.endsWith(wanted) || got.endsWith('\r\n42'))
      if (!isRight && wrong.length < 3) wrong.push(got.slice(0, 200))
      ask()
    })
  })
}

const began = performance.now()
await Promise.all(Array.from({ length: Number(values.connections) }, connection))
const seconds = (performance.now() - began) / 1000
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(
  JSON.stringify({ perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), count: times.length, wrong }),
)
