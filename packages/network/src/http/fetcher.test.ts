import { error, ok } from '@ipvm/ipld'
import type { Egress, EgressFailure } from '@ipvm/egress'
import { expect, test } from 'vitest'
import { openNetwork } from '../index.ts'
import { realWorld, text, words } from '../suite/harness.test-fixture.ts'
import { egressFetch, httpAddress, httpTransport } from './index.ts'

const over = (request: Egress['request']) =>
  openNetwork({ world: realWorld, transports: [httpTransport({ fetch: egressFetch({ request }) })] })

test('a node asks through its guard, and takes no redirect', async () => {
  const urls: unknown[] = []
  const network = await over(async ({ url, redirectsMax, method }) => {
    urls.push([method, url, redirectsMax])
    const headers = { 'content-type': 'application/vnd.ipvm.container' }
    return ok({ status: 200, headers, body: text('yes').bytes, url })
  })
  expect(words(await network.request('https://bob.example', text('x')))).toBe('yes')
  expect(urls).toEqual([['POST', 'https://bob.example/', 0]])
  await network.close()
})

test.each<[EgressFailure['name'], boolean, string]>([
  ['EgressRefused', false, 'Unreachable'],
  ['Cut', true, 'Cut'],
  ['ResponseTooLarge', true, 'TooLarge'],
])('what the guard says of %s is told', async (name, sent, told) => {
  const network = await over(async () => error({ name, sent, message: 'the guard says so' }))
  const failed = await network.request('https://bob.example', text('x'))
  expect(failed).toMatchObject({
    error: { name: told, sent, message: 'the guard says so', peer: 'https://bob.example' },
  })
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
