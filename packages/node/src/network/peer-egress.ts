import { isIP } from 'node:net'
import { readException, type Egress, type Exception } from '@ipvm/egress'
import type { Fetch } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import type { Peers } from '@ipvm/service'
import type { EgressConfig } from '../config/config.ts'
import { egressOf } from '../egress.ts'
import { provenFetch, type SaidPlaces } from './proven-fetch.ts'

/**
 * The guard through which a node goes to its peers. It lets through what the guard of effects does, and the addresses
 * that its owner wrote or took from those whom they invited (ADR 117): most peers of a person are in one private network.
 */
export class PeerEgress {
  readonly egress: Egress
  /** Asks through it over HTTP. */
  readonly fetch: Fetch
  readonly #own: readonly Exception[]
  /** The guard looks into it at every connection. */
  readonly #exceptions: Exception[]
  #said: SaidPlaces = new Map()

  constructor(config: Partial<EgressConfig>) {
    this.#own = config.private ?? []
    this.#exceptions = [...this.#own]
    this.egress = egressOf({ ...config, private: this.#exceptions })
    this.fetch = provenFetch(egressFetch(this.egress), () => this.#said)
  }

  /**
   * Lets these addresses through from now on, and those of before no more: what the owner has written, and where their peers
   * say that they are, who have to prove it there first.
   */
  allow(written: readonly string[], peers: Peers['peers'] = []): void {
    const said = peers.flatMap(({ addresses }) => addresses)
    this.#exceptions.splice(0, Number.POSITIVE_INFINITY, ...this.#own, ...[...written, ...said].flatMap(exceptionsOf))
    const known = new Set(written.flatMap(address => originOf(address) ?? []))
    const places = peers.flatMap(({ did, addresses }) => addresses.map(address => ({ did, address })))
    this.#said = Map.groupBy(
      places.filter(({ address }) => !known.has(originOf(address) ?? '')),
      ({ address }) => originOf(address) ?? '',
    )
  }
}

/** The addresses of all peers. */
export function addressesOf({ peers }: Peers): readonly string[] {
  return peers.flatMap(({ addresses }) => addresses)
}

/** The origin of an address of HTTP that says an IP address. */
function originOf(address: string): string | undefined {
  const url = URL.parse(address)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? undefined : url.origin
}

/** An address as the place that it is; one with a name is looked up, and has to be in public. */
function exceptionsOf(address: string): readonly Exception[] {
  const [, family, ip, at] = /^\/(ip4|ip6)\/([^/]+)\/(?:tcp|udp)\/(\d+)(?:\/|$)/.exec(address) ?? []
  if (ip !== undefined) {
    const read = readException(`${family === 'ip6' ? `[${ip}]` : ip}:${at}`)
    return 'ok' in read ? [read.ok] : []
  }
  const origin = originOf(address)
  if (origin === undefined) return []
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const exception = readException(`${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
  return 'ok' in exception ? [exception.ok] : []
}
