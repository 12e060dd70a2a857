import { isWithin, readPrefix, type Prefix } from './address.ts'

/** Addresses that are no place on the public Internet (the IANA registries of special-purpose addresses, RFC 6890). */
const special: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared by a provider (CGNAT)'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', "a cloud host's own"],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.88.99.0/24', '6to4'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::1/128', 'loopback'],
  ['::/128', 'unspecified'],
  ['::ffff:0:0/96', 'IPv4 written as IPv6'],
  ['64:ff9b:1::/48', 'a private NAT64'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
  ['2001::/32', 'Teredo'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'for documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'for documentation'],
]

const ranges = special.map(([range, kind]) => ({ kind, prefix: prefixOf(range) }))
const globalUnicast = prefixOf('2000::/3')
const nat64 = prefixOf('64:ff9b::/96')

/** Why an address is not public, such as `loopback`; nothing where it is. */
export function specialKind(address: Uint8Array): string | undefined {
  // What a NAT64 passes on goes to the IPv4 address in it (RFC 6052).
  if (isWithin(address, nat64)) {
    const inner = specialKind(address.subarray(12))
    return inner && `${inner}, through NAT64`
  }
  const range = ranges.find(({ prefix }) => isWithin(address, prefix))
  if (range) return range.kind
  return address.length === 4 || isWithin(address, globalUnicast) ? undefined : 'reserved'
}

function prefixOf(range: string): Prefix {
  const prefix = readPrefix(range)
  if (!prefix) throw new Error(`${range} is no range`)
  return prefix
}
