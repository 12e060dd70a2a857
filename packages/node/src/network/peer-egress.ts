import { isIP } from 'node:net'
import { readException, type Egress, type Exception } from '@ipvm/egress'
import type { Peers } from '@ipvm/service'
import type { EgressConfig } from '../config/config.ts'
import { egressOf } from '../egress.ts'

/**
 * The guard through which a node goes to its peers. It lets through what the guard of effects does, and the addresses
 * that its owner wrote or took from those whom they invited (ADR 117): most peers of a person are in one private network.
 */
export class PeerEgress {
  readonly egress: Egress
  readonly #own: readonly Exception[]
  /** The guard looks into it at every connection. */
  readonly #exceptions: Exception[]

  constructor(config: Partial<EgressConfig>) {
    this.#own = config.private ?? []
    this.#exceptions = [...this.#own]
    this.egress = egressOf({ ...config, private: this.#exceptions })
  }

  /** Lets these addresses through from now on, and those of before no more. */
  allow(addresses: readonly string[]): void {
    this.#exceptions.splice(0, Number.POSITIVE_INFINITY, ...this.#own, ...addresses.flatMap(exceptionsOf))
  }
}

/** The addresses of all peers. */
export function addressesOf({ peers }: Peers): readonly string[] {
  return peers.flatMap(({ addresses }) => addresses)
}

/** An address as the place that it is; one with a name is looked up, and has to be in public. */
function exceptionsOf(address: string): readonly Exception[] {
  const [, family, ip, at] = /^\/(ip4|ip6)\/([^/]+)\/(?:tcp|udp)\/(\d+)(?:\/|$)/.exec(address) ?? []
  if (ip !== undefined) {
    const read = readException(`${family === 'ip6' ? `[${ip}]` : ip}:${at}`)
    return 'ok' in read ? [read.ok] : []
  }
  const url = URL.parse(address)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return []
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0) return []
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const exception = readException(`${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
  return 'ok' in exception ? [exception.ok] : []
}
