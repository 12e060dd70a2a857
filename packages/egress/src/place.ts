import { isIP } from 'node:net'
import { error, ok, type Result } from '@ipvm/ipld'
import type { EgressFailure } from './egress.ts'
import { failure } from './failure.ts'
import { urlLengthMax } from './limits.ts'

/** Where a request goes. */
export interface Place {
  readonly url: URL
  /** A name in lower case, or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

/** Ports of other protocols, which a request could be made to speak to (Fetch Standard § Port blocking). */
const foreignPorts = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
  ],
  ...[532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060],
  ...[5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080, 11_211],
])

/**
 * Reads a URL of which there is one spelling alone: a policy about the text is then one about the place. Failures:
 * `EgressRefused`.
 */
export function readPlace(text: string): Result<Place, EgressFailure> {
  if (text.length > urlLengthMax)
    return refused(`the URL has ${text.length} characters; at most ${urlLengthMax} may be`)
  const url = URL.parse(text)
  if (!url) return refused(`"${text}" is no URL; write a whole one, such as https://api.example.com/orders`)
  const problem = problemOf(url)
  if (problem !== undefined) return refused(`"${text}" ${problem}`)
  if (url.href !== text) return refused(`"${text}" is another spelling of ${url.href}; write that`)
  const tls = url.protocol === 'https:'
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  if (foreignPorts.has(port)) return refused(`port ${port} of "${text}" is one of another protocol than HTTP`)
  return ok({ url, host: url.hostname.replace(/^\[|\]$/g, ''), port, tls })
}

function problemOf(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http'
  if (url.username !== '' || url.password !== '') return 'has a user; put credentials into a header'
  if (url.hash !== '' || url.href.endsWith('#')) return 'has a fragment, which is never sent; leave it out'
  if (!isHost(url.hostname)) return 'names no host that is looked up; write it without a dot at its end'
  // A server that takes %2f for a slash would climb out of the folder that a policy names.
  const path = url.pathname.replace(/%2f|%5c/gi, '/').replace(/%2e/gi, '.')
  return path.split('/').some(part => part === '..') ? 'climbs out of a folder' : undefined
}

/** Whether it is the name of a host, or an address: `_` is in some names, and a dot at the end would be a second spelling. */
export function isHost(text: string): boolean {
  if (isIP(text.replace(/^\[|\]$/g, '')) > 0) return true
  return text.length <= 253 && /^(?!-)[a-z\d_-]{1,63}(\.[a-z\d_-]{1,63})*$/.test(text) && !/^[\d.]*$/.test(text)
}

function refused(message: string): { readonly error: EgressFailure } {
  return error(failure('EgressRefused', message))
}
