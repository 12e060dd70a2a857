import { createServer } from 'node:http'
import { invoke, writeContainer } from '@ipvm/ucan'
import { bob } from '@ipvm/testing'
import { afterEach, expect, test } from 'vitest'
import { realWorld } from '../world.ts'
import { clientOf, countedAs } from './address.ts'
import { isOwnHost } from './host.ts'
import { served, talk, until } from './serve.test-fixture.ts'

let here: Awaited<ReturnType<typeof served>> | undefined
afterEach(async () => {
  here?.slow.answer()
  await here?.close()
  here = undefined
})

const metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'ipvm_up 1\n' }

test('one port has events, health, metrics and what the network answers', async () => {
  here = await served({ metrics: { source: metrics, who: 'authorised' } })
  const { url } = here
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true })
  expect(await (await fetch(`${url}/receipts/x`)).text()).toBe('answer of /receipts/x')
  expect((await fetch(`${url}/fn/nobody`)).status).toBe(404)
  // Only who may do /node/read reads the metrics.
  const refused = await fetch(`${url}/metrics`)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ipvm"'])
  const nonce = realWorld.random(12)
  const proof = await invoke({ sub: bob.did, cmd: '/node/read', args: {}, nonce, exp: realWorld.now() + 60 }, bob)
  const bearer = new TextDecoder().decode(await writeContainer([proof.envelope.bytes], 'base64url'))
  const read = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${bearer}` } })
  expect([read.status, await read.text()]).toEqual([200, 'ipvm_up 1\n'])
})

test('metrics are for this machine where the config says so, and not for whom a proxy of it asks', async () => {
  here = await served({ metrics: { source: metrics, who: 'loopback' } })
  expect((await fetch(`${here.url}/metrics`)).status).toBe(200)
  expect((await fetch(`${here.url}/metrics`, { headers: { 'x-forwarded-for': '8.8.8.8' } })).status).toBe(401)
  await here.close()
  here = await served({ metrics: { source: metrics, who: 'off' } })
  expect((await fetch(`${here.url}/metrics`)).status).toBe(404)
})

test('pages of the origins that the config lists may ask functions, and others may not', async () => {
  here = await served({ origins: ['https://app.example'] })
  const allowed = async (origin: string, method: string) => {
    const asked = await fetch(`${here?.url}/fn/nobody`, { method, headers: { origin } })
    return asked.headers.get('access-control-allow-origin')
  }
  expect([await allowed('https://app.example', 'GET'), await allowed('https://app.example', 'OPTIONS')]).toEqual([
    ...['https://app.example', 'https://app.example'],
  ])
  expect([await allowed('https://evil.example', 'GET'), await allowed('https://evil.example', 'OPTIONS')]).toEqual([
    ...[null, null],
  ])
})

test('a page whose name leads to this machine reads nothing of it', async () => {
  here = await served()
  const ask = async (host: string) => {
    const { all } = talk(here?.port ?? 0, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    return (await all).split('\r\n')[0]
  }
  expect(await ask('evil.example')).toBe('HTTP/1.1 421 Misdirected Request')
  expect(await ask(`evil.example:${here.port}`)).toBe('HTTP/1.1 421 Misdirected Request')
  for (const host of ['localhost', `127.0.0.1:${here.port}`, '[::1]:80', 'bob.localhost', 'LOCALHOST.']) {
    expect(await ask(host)).toBe('HTTP/1.1 200 OK')
  }
  expect(here.slow.asked).toBe(0)
})

test.each<[string | undefined, string, readonly string[], boolean]>([
  ['evil.example', '127.0.0.1', [], false],
  ['evil.example', '::1', [], false],
  ['evil.example', '::ffff:127.0.0.1', [], false],
  ['127.0.0.1.evil.example', '127.0.0.1', [], false],
  ['node.example', '93.184.1.1', [], true],
  ['node.example', '93.184.1.1', ['node.example'], true],
  ['other.example', '93.184.1.1', ['node.example'], false],
  ['Node.Example.:443', '127.0.0.1', ['node.example'], true],
  ['93.184.1.1', '93.184.1.1', ['node.example'], true],
  [undefined, '127.0.0.1', [], true],
])('asked as %s at %s, known as %j: %s', (host, local, names, isOwn) => {
  expect(isOwnHost(host, local, names)).toBe(isOwn)
})

test.each<[string, string | undefined, readonly string[], string]>([
  ['8.8.8.8', '1.2.3.4', [], '8.8.8.8'],
  ['8.8.8.8', '1.2.3.4', ['10.0.0.0/8'], '8.8.8.8'],
  ['10.0.0.1', '1.2.3.4', ['10.0.0.0/8'], '1.2.3.4'],
  ['::ffff:10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.9', ['10.0.0.0/8'], '1.2.3.4'],
  ['10.0.0.1', 'nonsense, 1.2.3.4, nonsense', ['10.0.0.0/8'], '10.0.0.1'],
  ['10.0.0.1', '[2001:db8::7]:99', ['10.0.0.0/8'], '2001:db8::7'],
  ['10.0.0.1', undefined, ['10.0.0.0/8'], '10.0.0.1'],
])('of a connection of %s for %s, proxies %j, who asks is %s', (remote, forwarded, proxies, who) => {
  expect(clientOf(remote, forwarded, proxies)).toBe(who)
})

test('an address of IPv6 counts as all that its owner has', () => {
  expect(countedAs('2001:db8:1:2:3::4')).toBe(countedAs('2001:db8:1:2::'))
  expect(countedAs('2001:db8:1:2::')).not.toBe(countedAs('2001:db8:1:3::'))
  expect([countedAs('::ffff:1.2.3.4'), countedAs('1.2.3.4')]).toEqual(['1.2.3.4', '1.2.3.4'])
})

test('the network hears who asks from a proxy that is trusted, and from no other', async () => {
  here = await served({ trustProxy: ['127.0.0.1'] })
  await fetch(`${here.url}/x`, { headers: { 'x-forwarded-for': '6.6.6.6, 9.9.9.9' } })
  await here.close()
  const { slow } = here
  here = await served()
  await fetch(`${here.url}/x`, { headers: { 'x-forwarded-for': '9.9.9.9' } })
  expect([...slow.seen, ...here.slow.seen]).toEqual(['9.9.9.9', '127.0.0.1'])
})

test('what is under way is answered, what is new is not taken on, and health says why', async () => {
  here = await served({ drain: 60 })
  const { slow, serving, port } = here
  const first = talk(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const idle = talk(port, 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(() => slow.asked === 2)
  const piped = talk(
    port,
    'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  )
  await until(() => slow.asked === 3)
  let isDrained = false
  const drained = serving.drain().then(() => {
    isDrained = true
  })
  expect(await idle.all).toContain('answer of /x')
  await expect(fetch(`${here.url}/x`)).rejects.toThrow()
  expect(isDrained).toBe(false)
  slow.answer()
  expect(await first.all).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close[\s\S]*answer of \/slow/i)
  expect(await piped.all).toContain('answer of /slow')
  await drained
})

test('what does not end in time is cut off when the node closes', async () => {
  here = await served({ drain: 0 })
  const { all } = talk(here.port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(() => here?.slow.asked === 1)
  await here.serving.drain()
  await here.serving.close()
  expect(await all).toBe('')
})

test('headers that never end, and connections beyond what there may be, are closed', async () => {
  here = await served({ connections: 2 })
  const [one, two] = [talk(here.port, 'GET / HTTP/1.1\r\n'), talk(here.port, 'GET / HTTP/1.1\r\n')]
  await until(() => !one.socket.connecting && !two.socket.connecting)
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(await talk(here.port, 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n').all).toBe('')
  const huge = await (async () => {
    one.socket.destroy()
    await one.all
    const headers = Array.from({ length: 700 }, (_, i) => `x-${i}: ${'y'.repeat(100)}\r\n`)
    return talk(here?.port ?? 0, 'GET / HTTP/1.1\r\nHost: localhost\r\n', ...headers).all
  })()
  expect(huge).toMatch(/^HTTP\/1\.1 431/)
  two.socket.destroy()
})

test('a port that is taken, and a certificate that is none, are refused with what to do', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await expect(served({ port })).rejects.toThrow('another program listens there; choose another one with --port')
  await expect(served({ tls: { cert: '/nowhere/c.pem', key: '/nowhere/k.pem' } })).rejects.toThrow(
    'BadCertificate: /nowhere/c.pem cannot be read',
  )
  await new Promise(resolve => other.close(resolve))
})
