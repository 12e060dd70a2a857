import { httpServer } from '@ipvm/testing/outside'
import { expect, test } from 'vitest'
import { bad, closedLater, good, guardOf } from './guard.test-fixture.ts'
import { requestBytesMax } from './limits.ts'

test('headers say what they say and nothing more', async () => {
  const server = closedLater(await httpServer((request, response) => response.end(JSON.stringify(request.headers))))
  const { ask } = guardOf([server.place])
  for (const headers of [
    ...[
      { 'x-a': 'b\r\nx-admin: yes' },
      { 'x-a': 'b\nc' },
      { 'x-a\r\nx-admin': 'yes' },
      { 'x-a: b': 'c' },
      { 'x a': 'b' },
    ],
    ...[{ '': 'b' }, { 'x-a': 'bü' }, { 'x-a': '\u0000' }, { 'x-a': ' b' }, { 'X-A': 'b', 'x-a': 'c' }],
    ...[{ Host: 'other.test' }, { 'Content-Length': '0' }, { 'Transfer-Encoding': 'chunked' }, { Connection: 'close' }],
    ...[{ Upgrade: 'h2c' }, { Expect: '100-continue' }, { 'Proxy-Authorization': 'Basic x' }, { TE: 'trailers' }],
    ...[{ 'x-a': 'y'.repeat(17_000) }, Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`x-${i}`, '']))],
  ] as Record<string, string>[]) {
    const failure = bad(await ask(server.url, { headers }))
    expect([headers, failure.name, failure.sent]).toEqual([headers, 'EgressRefused', false])
  }
  expect(server.connections()).toBe(0)
  const told: unknown = JSON.parse(
    new TextDecoder().decode(good(await ask(server.url, { headers: { 'X-A': 'b' } })).body),
  )
  expect(told).toMatchObject({ 'x-a': 'b', host: server.place, 'user-agent': 'ipvm' })
})

test('the value of a refused header is not told: it may be a secret', async () => {
  const failure = bad(await guardOf([]).ask('https://example.com/', { headers: { authorization: 'Bearer s3cret\n' } }))
  expect(failure.message).toContain('authorization')
  expect(failure.message).not.toContain('s3cret')
})

test('a request carries so much and no more', async () => {
  const body = new Uint8Array(requestBytesMax + 1)
  expect(bad(await guardOf([]).ask('https://example.com/', { method: 'PUT', body })).name).toBe('EgressRefused')
})
