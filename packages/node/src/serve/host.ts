import { isIP } from 'node:net'
import { isLoopback } from './address.ts'

/**
 * Whether a node answers a request under such a host. A page of the web may have its own name lead to this machine (DNS
 * rebinding), and then reads what this machine is asked by that name as if it were its own: so on the loopback only its
 * own names count, and those that the owner has set; and where they are set, no other counts anywhere.
 *
 * @param host the `Host` header or `:authority`; programs that send none are no browsers
 * @param local the address of this machine to which the request came
 */
export function isOwnHost(host: string | undefined, local: string | undefined, names: readonly string[]): boolean {
  if (host === undefined || host === '') return true
  const name = nameOf(host)
  if (names.includes(name)) return true
  // Nobody can have an address lead to another one.
  const isPlain = isIP(name) > 0 || name === 'localhost' || name.endsWith('.localhost')
  return isPlain || (names.length === 0 && !isLoopback(local))
}

/** `[::1]:80` is `::1`, `Node.example.:443` is `node.example`. */
function nameOf(host: string): string {
  const [, v6, other] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return (v6 ?? other ?? host).toLowerCase().replace(/\.$/, '')
}
