import { createEgress } from '@ipvm/egress'
import { error } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { openNetwork } from '../index.ts'
import { realWorld, text, words } from '../suite/harness.test-fixture.ts'
import { egressFetch } from './egress/index.ts'
import { FetchFailed, httpAddress, httpTransport, type Fetch } from './index.ts'

const over = (fetch: Fetch) => openNetwork({ world: realWorld, transports: [httpTransport({ fetch })] })

test('what the guard refuses is not asked, and its reason is told', async () => {
  const egress = createEgress({ after: realWorld.after })
  const network = await over(egressFetch(egress))
  for (const address of ['http://127.0.0.1:8080', 'http://[::1]:8080', 'http://169.254.169.254/']) {
    const refused = await network.request(address, text('x'))
    expect(refused).toMatchObject({ error: { name: 'Unreachable', sent: false, peer: address } })
    expect('error' in refused && refused.error.message).toMatch(/private|loopback|link-local|reserved|special|egress/i)
  }
  await network.close()
  egress.close()
})

test('the place that is dialled is the one of the address', async () => {
  const dialled: unknown[] = []
  const fetch = egressFetch({
    dial: async ({ host, port, tls }) => {
      dialled.push([host, port, tls])
      return error({ name: 'NoSuchHost', message: 'nobody is called that', sent: false })
    },
  })
  const network = await over(fetch)
  for (const address of ['https://bob.example', 'http://bob.example', 'https://[2001:db8::1]:8443/a/']) {
    expect(await network.request(address, text('x'))).toMatchObject({ error: { message: 'nobody is called that' } })
  }
  expect(dialled).toEqual([
    ['bob.example', 443, true],
    ['bob.example', 80, false],
    ['2001:db8::1', 8443, true],
  ])
  await network.close()
})

test('a fetch that knows why it failed is believed, and of one that does not, anything may have been sent', async () => {
  for (const [thrown, told] of [
    [new FetchFailed('TooLarge', true, 'too much'), { name: 'TooLarge', sent: true }],
    [new TypeError('Failed to fetch'), { name: 'Unreachable', sent: true }],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), { name: 'Cut', sent: true }],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), { name: 'Unreachable', sent: false }],
  ] as const) {
    const network = await over(() => Promise.reject(thrown))
    expect(await network.request('https://bob.example', text('x'))).toMatchObject({ error: told })
    await network.close()
  }
  const headers = { 'content-type': 'application/vnd.ipvm.container' }
  const network = await over(async () => new Response('yes', { headers }))
  expect(words(await network.request('https://bob.example', text('x')))).toBe('yes')
  await network.close()
})

test('an address is of http, and says nothing but where', () => {
  expect(httpAddress('https://bob.example')).toBe('https://bob.example/')
  expect(httpAddress('http://127.0.0.1:80/a?x#y')).toBe('http://127.0.0.1/a/')
  for (const text of [
    'did:key:z6Mk',
    'memory:bob',
    'https://user:pw@bob.example',
    'bob',
    `https://${'x'.repeat(600)}`,
  ]) {
    expect(httpAddress(text)).toBeUndefined()
  }
})
