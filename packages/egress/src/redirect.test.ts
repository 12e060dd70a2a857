import type { IncomingMessage } from 'node:http'
import { httpServer, httpsServer, makeCertificate } from '@ipvm/testing/outside'
import { expect, test } from 'vitest'
import { bad, closedLater, good, guardOf } from './guard.test-fixture.ts'

/** A server that sends everybody elsewhere, and keeps what it was asked. */
async function sending(to: (path: string) => { readonly status: number; readonly location: string } | undefined) {
  const seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = []
  const server = await httpServer((request, response) => {
    seen.push(request)
    const { status = 200, location } = to(request.url ?? '') ?? {}
    if (location !== undefined) response.setHeader('location', location)
    response.writeHead(status).end(`at ${request.url}`)
  })
  return { ...closedLater(server), seen }
}

test('a redirect leads no further than a request would', async () => {
  const jewels = closedLater(await httpServer((_request, response) => response.end('jewels')))
  let location = ''
  const door = await sending(() => ({ status: 302, location }))
  const { ask } = guardOf([door.place])
  for (location of [
    ...[
      jewels.url,
      `//127.0.0.1:${jewels.port}/`,
      `http://2130706433:${jewels.port}/`,
      `http://0x7f.1:${jewels.port}/`,
    ],
    ...[
      `http://[::ffff:127.0.0.1]:${jewels.port}/`,
      `http://localhost:${jewels.port}/`,
      'http://169.254.169.254/latest/',
    ],
    ...[`http://door@127.0.0.1:${jewels.port}/`, 'file:///etc/passwd', 'gopher://127.0.0.1:70/', 'http://', 'data:,x'],
  ]) {
    const failure = bad(await ask(door.url))
    expect([location, failure.name]).toEqual([location, 'EgressRefused'])
  }
  expect(jewels.connections()).toBe(0)
})

test('the list of what is allowed counts for every step', async () => {
  const there = await sending(() => undefined)
  const here = await sending(path => (path === '/' ? { status: 301, location: `${there.url}in` } : undefined))
  const { ask } = guardOf(['127.0.0.1:*'])
  const answer = good(await ask(here.url))
  expect([answer.url, answer.status]).toEqual([`${there.url}in`, 200])
  const failure = bad(await ask(here.url, { allows: url => url === here.url }))
  expect(failure).toMatchObject({ name: 'EgressRefused', sent: true })
  expect(failure.message).toContain(`${there.url}in is not in the list`)
  expect(there.seen).toHaveLength(1)
})

test('what says who asks stays with the place that it was meant for', async () => {
  const there = await sending(() => undefined)
  const here = await sending(path => {
    if (path === '/') return { status: 302, location: '/same' }
    return path === '/same' ? { status: 307, location: there.url } : undefined
  })
  const headers = {
    authorization: 'Bearer k',
    cookie: 'c',
    'x-api-key': 'k',
    accept: 'text/html',
    'accept-language': 'de',
  }
  good(await guardOf(['127.0.0.1:*']).ask(here.url, { headers }))
  expect(here.seen.map(({ headers: { authorization } }) => authorization)).toEqual(['Bearer k', 'Bearer k'])
  const told = there.seen[0]?.headers ?? {}
  expect(told).toMatchObject({ accept: 'text/html', 'accept-language': 'de', host: there.place })
  expect(Object.keys(told)).not.toEqual(expect.arrayContaining(['authorization']))
  expect([told.authorization, told.cookie, told['x-api-key']]).toEqual([undefined, undefined, undefined])
})

test('circles end, and a redirect may be taken as the answer', async () => {
  const circle = await sending(() => ({ status: 302, location: '/again' }))
  const { ask } = guardOf(['127.0.0.1:*'])
  expect(bad(await ask(circle.url))).toMatchObject({ name: 'TooManyRedirects' })
  expect(circle.seen).toHaveLength(6)
  expect(good(await ask(circle.url, { redirectsMax: 0 }))).toMatchObject({
    status: 302,
    headers: { location: '/again' },
  })
})

test('what changes the world follows 307 and 308 at the same place, and nothing else', async () => {
  const there = await sending(() => undefined)
  const body = new TextEncoder().encode('order')
  const { ask } = guardOf(['127.0.0.1:*'])
  for (const [status, location, methods] of [
    [307, '/moved', ['POST', 'POST']],
    [308, '/moved', ['POST', 'POST']],
    [301, '/moved', ['POST']],
    [302, '/moved', ['POST']],
    [303, '/moved', ['POST']],
    [307, there.url, ['POST']],
    [308, there.url, ['POST']],
  ] as const) {
    const here = await sending(path => (path === '/' ? { status, location } : undefined))
    const answer = good(await ask(here.url, { method: 'POST', body }))
    expect([status, here.seen.map(({ method }) => method)]).toEqual([status, methods])
    expect(answer.status).toBe(methods.length === 2 ? 200 : status)
  }
  expect(there.seen).toHaveLength(0)
})

test('nothing goes from an encrypted place to one that is not', async () => {
  const certified = makeCertificate({ hosts: ['127.0.0.1'] })
  const plain = await sending(() => undefined)
  const secure = closedLater(
    await httpsServer(certified, (_request, response) => response.writeHead(302, { location: plain.url }).end()),
  )
  const { ask } = guardOf(['127.0.0.1:*'], undefined, { authorities: [certified.cert] })
  const failure = bad(await ask(secure.url))
  expect(failure.message).toContain('which is not encrypted')
  expect(plain.seen).toHaveLength(0)
})
