import type { Resolver } from 'node:dns/promises'
import type { Value } from '@ipvm/ipld'

/** The types of records that can be asked for, and what each is as a value. */
export const recordTypes = [
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TLSA',
  'TXT',
] as const

export type RecordType = (typeof recordTypes)[number]

/** Asks for the records of one type. Rejects as the platform does, with a `code` such as `ENOTFOUND`. */
export async function records(resolver: Resolver, name: string, type: RecordType): Promise<readonly Value[]> {
  switch (type) {
    case 'A':
      return (await resolver.resolve4(name, { ttl: true })).map(({ address, ttl }) => ({ address, ttl }))
    case 'AAAA':
      return (await resolver.resolve6(name, { ttl: true })).map(({ address, ttl }) => ({ address, ttl }))
    case 'CAA':
      return (await resolver.resolveCaa(name)).map(({ critical, ...said }) => ({ critical, ...texts(said) }))
    case 'CNAME':
      return resolver.resolveCname(name)
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({ priority, exchange }))
    case 'NAPTR':
      return (await resolver.resolveNaptr(name)).map(({ order, preference, flags, service, regexp, replacement }) => {
        return { order, preference, flags, service, regexp, replacement }
      })
    case 'NS':
      return resolver.resolveNs(name)
    case 'PTR':
      return resolver.resolvePtr(name)
    case 'SOA':
      return [startOfAuthority(await resolver.resolveSoa(name))]
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(({ priority, weight, port, name: target }) => {
        return { priority, weight, port, target }
      })
    case 'TLSA':
      return (await resolver.resolveTlsa(name)).map(({ certUsage, selector, match, data }) => {
        return { usage: certUsage, selector, match, data: new Uint8Array(data) }
      })
    case 'TXT':
      // A text of more than 255 bytes comes in pieces, which mean nothing by themselves (RFC 7208 § 3.3).
      return (await resolver.resolveTxt(name)).map(pieces => pieces.join(''))
  }
}

function startOfAuthority(record: Awaited<ReturnType<Resolver['resolveSoa']>>): Value {
  const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = record
  return { primary: nsname, admin: hostmaster, serial, refresh, retry, expire, minimum: minttl }
}

function texts(said: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(said).flatMap(([key, value]) => (typeof value === 'string' && key !== 'type' ? [[key, value]] : [])),
  )
}
