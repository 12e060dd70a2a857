import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Addresses of a machine on which a server listens that listens on all of them. */
const everywhere: readonly string[] = ['0.0.0.0', '::']

/**
 * Where others reach what is served at a URL: there, or, where that is every address of this machine, at each that
 * another machine may know. Private ones come after those in public, and IPv6 after IPv4.
 */
export function addressesAt(url: string): readonly string[] {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (!everywhere.includes(host)) return [new URL(url).href]
  const own = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  const known = own.filter(({ internal, address, family, scopeid }) => {
    // A link-local address says nothing without the interface that it belongs to.
    if (internal || (scopeid ?? 0) !== 0 || address.startsWith('169.254.')) return false
    return host === '::' || family === 'IPv4'
  })
  const sorted = known.map(({ address }) => address).sort((a, b) => isIP(a) - isIP(b))
  return sorted.map(address => new URL(`${protocol}//${isIP(address) === 6 ? `[${address}]` : address}:${port}/`).href)
}
