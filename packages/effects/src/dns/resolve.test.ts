import { nameServer, type NameRecord } from '@ipvm/testing/outside'
import { expect, test } from 'vitest'
import { bobsNode, closedLater } from '../outside.test-fixture.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** What the name server says, and what comes of it. */
const zone: Readonly<Record<string, readonly [NameRecord, unknown]>> = {
  A: [
    { type: 'A', address: '192.0.2.1' },
    { address: '192.0.2.1', ttl: 60 },
  ],
  AAAA: [
    { type: 'AAAA', address: '2001:db8:0:0:0:0:0:1' },
    { address: '2001:db8::1', ttl: 60 },
  ],
  CAA: [
    { type: 'CAA', flags: 0, tag: 'issue', value: 'ca.test' },
    { critical: 0, issue: 'ca.test' },
  ],
  CNAME: [{ type: 'CNAME', domain: 'other.test' }, 'other.test'],
  MX: [
    { type: 'MX', priority: 10, exchange: 'mail.test' },
    { priority: 10, exchange: 'mail.test' },
  ],
  NAPTR: [
    { type: 'NAPTR', data: bytes('000a 0064 01 75 03 736970 00 03 736970 04 74657374 00') },
    { order: 10, preference: 100, flags: 'u', service: 'sip', regexp: '', replacement: 'sip.test' },
  ],
  NS: [{ type: 'NS', ns: 'ns.test' }, 'ns.test'],
  SOA: [
    { type: 'SOA', primary: 'ns.test', admin: 'me.test', serial: 1, refresh: 2, retry: 3, expiration: 4, minimum: 5 },
    { primary: 'ns.test', admin: 'me.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
  ],
  SRV: [
    { type: 'SRV', priority: 1, weight: 2, port: 3, target: 'srv.example' },
    { priority: 1, weight: 2, port: 3, target: 'srv.example' },
  ],
  TLSA: [
    { type: 'TLSA', data: bytes('03 01 01 abcd') },
    { usage: 3, selector: 1, match: 1, data: new Uint8Array([0xab, 0xcd]) },
  ],
  TXT: [{ type: 'TXT', data: ['v=spf1 ', '-all'] }, 'v=spf1 -all'],
}

async function bobAsks() {
  let isIll = true
  const server = closedLater(
    await nameServer((name, type) => {
      if (name === 'gone.test') return 3
      if (name === 'ill.test') {
        isIll = !isIll
        return isIll ? [{ type: 'A', address: '192.0.2.2' }] : 2
      }
      if (name.endsWith('.arpa')) return [{ type: 'PTR', domain: `of.${name.length}.test` }]
      const record = name === 'zone.test' ? zone[type]?.[0] : undefined
      return record ? [record] : []
    }),
  )
  const node = bobsNode({
    '/dns/resolve': { servers: [server.place], allow: ['*.test', '*.arpa', '192.0.2.9', '2001:*'] },
  })
  return { ...node, server, ask: async (name: string, type: string) => node.task('/dns/resolve', { name, type }) }
}

test('records of every type are values', async () => {
  const { ask } = await bobAsks()
  for (const [type, [, value]] of Object.entries(zone))
    expect([type, (await ask('zone.test', type)).out]).toEqual([type, { ok: [value] }])
  expect((await ask('9.2.0.192.in-addr.arpa', 'PTR')).out).toEqual({ ok: ['of.22.test'] })
})

test('an address has names, too', async () => {
  const { ask, server } = await bobAsks()
  expect((await ask('192.0.2.9', 'PTR')).out).toEqual({ ok: ['of.22.test'] })
  await ask('2001:db8::1', 'PTR')
  expect(server.asked.at(-1)).toBe(`PTR ${'1.0.0.0.'.padEnd(48, '0.')}8.b.d.0.1.0.0.2.ip6.arpa`)
})

test('no record, no name and no answer are three things', async () => {
  const { ask, server } = await bobAsks()
  expect((await ask('empty.test', 'TXT')).out).toEqual({ ok: [] })
  expect((await ask('gone.test', 'A')).out).toMatchObject({ error: { name: 'NoSuchName' } })
  expect(server.asked.filter(asked => asked.includes('gone'))).toHaveLength(1)
  expect((await ask('ill.test', 'A')).out).toMatchObject({ ok: [{ address: '192.0.2.2' }] })
})

test('names that are not on the list are not told to anybody', async () => {
  const { ask, server } = await bobAsks()
  expect((await ask('stolen-secret.evil.example', 'A')).out).toMatchObject({ error: { name: 'EgressRefused' } })
  for (const name of ['', 'a..b', 'Zone.test', 'zone.test.', 'a b.test', `${'x'.repeat(64)}.test`])
    expect((await ask(name, 'A')).refused).toMatchObject({ name: 'MalformedArguments' })
  expect((await ask('zone.test', 'ANY')).refused).toMatchObject({ name: 'MalformedArguments' })
  expect(server.asked).toEqual([])
})
