import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { controlFramesMax } from '../limits.ts'
import { readCertificate } from './certificate.ts'
import { hasOpenssl, makeCertificate, served, until } from './serve.test-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-tls-'))
const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
beforeAll(() => {
  if (hasOpenssl) makeCertificate(tls)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let here: Awaited<ReturnType<typeof served>> | undefined
const open: { destroy(): void }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) one.destroy()
  here?.slow.answer()
  await here?.close()
  here = undefined
})

const it = test.skipIf(!hasOpenssl)

function http2(url: string): ClientHttp2Session {
  const session = connectHttp2(url, { ca: readFileSync(tls.cert) })
  session.on('error', () => {})
  open.push(session)
  return session
}

function get(session: ClientHttp2Session, path: string, headers = {}): Promise<{ status: unknown; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = session.request({ ':path': path, ...headers })
    let [status, text]: [unknown, string] = [undefined, '']
    asked.on('response', all => {
      status = all[':status']
    })
    asked.setEncoding('utf8').on('data', part => {
      text += part
    })
    asked.on('end', () => resolve({ status, text })).on('error', reject)
  })
}

function getHttp1(url: string): Promise<{ status: number | undefined; version: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: readFileSync(tls.cert), agent: false }, answer => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode, version: answer.httpVersion }))
    })
    asked.on('error', reject).end()
  })
}

function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

it('both versions of HTTP are spoken over TLS, as is agreed on in the handshake', async () => {
  here = await served({ tls })
  expect(here.url).toMatch(/^https:/)
  const session = http2(here.url)
  expect(await get(session, '/x')).toEqual({ status: 200, text: 'answer of /x' })
  expect(await get(session, '/healthz')).toEqual({ status: 200, text: '{"ok":true}' })
  expect(await get(session, '/x', { ':authority': 'evil.example' })).toMatchObject({ status: 421 })
  expect(here.slow.seen).toEqual(['127.0.0.1'])
  expect(await getHttp1(`${here.url}/x`)).toEqual({ status: 200, version: '1.1' })
})

it('many requests go side by side on one connection, and what is under way is answered when it ends', async () => {
  here = await served({ tls, drain: 60 })
  const { slow, serving } = here
  const session = http2(here.url)
  let isTold = false
  session.on('goaway', code => {
    isTold = code === constants.NGHTTP2_NO_ERROR
  })
  const answers = Array.from({ length: 50 }, () => get(session, '/slow'))
  await until(() => slow.asked === 50)
  const drained = serving.drain()
  await until(() => isTold)
  slow.answer()
  expect(new Set((await Promise.all(answers)).map(({ text }) => text))).toEqual(new Set(['answer of /slow']))
  await drained
})

it('a new certificate is served when its files change, and a broken one is not', async () => {
  const files = { cert: join(folder, 'a.pem'), key: join(folder, 'a.key') }
  makeCertificate(files, 'first')
  const told: string[] = []
  here = await served({ tls: files, log: line => told.push(line) })
  expect(await shownAt(here.port)).toBe('first')
  makeCertificate({ ...files, key: join(folder, 'other.key') }, 'second')
  process.emit('SIGHUP')
  await until(() => told.length === 1)
  expect(told[0]).toMatch(/the old certificate stays: .*a\.key is not the key of .*a\.pem/)
  expect(await shownAt(here.port)).toBe('first')
  makeCertificate(files, 'third')
  process.emit('SIGHUP')
  await until(() => told.length === 2)
  expect(await shownAt(here.port)).toBe('third')
})

/** A frame of HTTP/2 (RFC 9113 § 4.1). */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** `GET / HTTP/2` of localhost, as HPACK has it. */
const getBlock = Buffer.concat([Uint8Array.of(0x82, 0x87, 0x84, 0x41, 9), Buffer.from('localhost')])

it.each<[string, number, (i: number) => Uint8Array]>([
  [
    'calls off request after request',
    2000,
    i => Buffer.concat([frame(1, 5, 2 * i + 1, getBlock), frame(3, 0, 2 * i + 1, Uint8Array.of(0, 0, 0, 8))]),
  ],
  ['pings without end', controlFramesMax * 8, () => frame(6, 0, 0, new Uint8Array(8))],
  ['changes settings without end', controlFramesMax * 8, () => frame(4, 0, 0)],
  ['never ends its headers', 20_000, i => (i === 0 ? frame(1, 0, 1, getBlock) : frame(9, 0, 1, Buffer.alloc(1024)))],
])('who %s loses the connection, and the node goes on', async (_what, most, next) => {
  here = await served({ tls })
  const socket = connectTls({ port: here.port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  open.push(socket)
  await new Promise(resolve => socket.once('secureConnect', resolve))
  let isGone = false
  socket.on('close', () => {
    isGone = true
  })
  socket.on('error', () => {}).resume()
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(4, 0, 0))
  for (let i = 0; i < most && !isGone; i++) {
    socket.write(next(i))
    if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await until(() => isGone)
  expect(await get(http2(here.url), '/x')).toMatchObject({ status: 200 })
})

it('who takes nothing of a large answer over HTTP/2 is let go of', async () => {
  here = await served({ tls, take: 50 })
  const session = http2(here.url)
  const asked = session.request({ ':path': '/large' })
  asked.on('error', () => {})
  // Never read, so that its window closes.
  await new Promise(resolve => asked.on('close', resolve))
  expect(asked.rstCode).toBe(constants.NGHTTP2_CANCEL)
  expect(await get(session, '/x')).toMatchObject({ status: 200 })
})

it('a certificate is read with until when it holds', async () => {
  const read = await readCertificate(tls)
  expect('ok' in read && read.ok.until.getTime()).toBeGreaterThan(Date.now())
})
