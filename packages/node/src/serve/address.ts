import { isIPv4 } from 'node:net'
import { addressBytes, isWithin, readPrefix } from '@ipvm/egress'

const loopback = ['127.0.0.0/8', '::1/128']

/** An address, as it is counted: of IPv6 the first half, since whoever has one has all that begin so. */
export function countedAs(address: string): string {
  // The usual case at every request; such a text has one form only.
  if (isIPv4(address)) return address
  const bytes = addressBytes(address)
  if (!bytes) return address
  const v4 = v4In(bytes)
  if (v4) return v4.join('.')
  return `${Array.from({ length: 4 }, (_, i) => (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16)).join(':')}::/64`
}

/** Whether an address is of this machine itself. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && isOfRanges(address, loopback)
}

/** Whether an address is of one of these ranges. */
export function isOfRanges(address: string, ranges: readonly string[]): boolean {
  const bytes = addressBytes(address)
  if (!bytes) return false
  const plain = v4In(bytes) ?? bytes
  return ranges.some(range => {
    const prefix = readPrefix(range)
    return prefix !== undefined && isWithin(plain, prefix)
  })
}

/**
 * Who is at the other end: the address of the connection; where that is a proxy's that is trusted, the last one of
 * `X-Forwarded-For` that is none. What comes before that anybody may have written.
 */
export function clientOf(remote: string, forwarded: string | undefined, proxies: readonly string[]): string {
  if (forwarded === undefined || proxies.length === 0 || !isOfRanges(remote, proxies)) return remote
  let client = remote
  for (const hop of forwarded.split(',').reverse()) {
    const address = hop.trim().replace(/^\[|\](:\d+)?$/g, '')
    if (!addressBytes(address)) return client
    client = address
    if (!isOfRanges(address, proxies)) return client
  }
  return client
}

/** The IPv4 address that IPv6 writes as its own (`::ffff:1.2.3.4`), or that it is. */
function v4In(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return bytes
  const isMapped = bytes.subarray(0, 10).every(byte => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  return isMapped ? bytes.subarray(12) : undefined
}
