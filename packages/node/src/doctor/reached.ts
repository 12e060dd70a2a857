import { connect } from 'node:net'
import { askPeerRecord, httpAddress } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import type { Peers } from '@ipvm/service'
import { limits as ucanLimits } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { NodeConfig } from '../config/config.ts'
import { doctorMilliseconds } from '../limits.ts'
import { addressesOf, PeerEgress } from '../network/peer-egress.ts'
import type { NetworkStatus } from '../network/status-file.ts'
import { realWorld } from '../world.ts'
import { findingsOf, type Finding } from './finding.ts'

/** What is asked of others, and what is known of them. */
export interface Around {
  readonly config: NodeConfig
  readonly did: Did | undefined
  readonly peers: Peers
  /** What the process that is up says; nothing where none is. */
  readonly status: NetworkStatus | undefined
}

/** Asks at addresses, those of the owner's own list among them. */
export class Asking {
  readonly #guard: PeerEgress
  readonly #fetch: ReturnType<typeof egressFetch>

  constructor({ config, peers, status }: Around) {
    this.#guard = new PeerEgress(config.egress)
    this.#guard.allow([
      ...addressesOf(peers),
      ...config.network.peers,
      ...config.network.addresses,
      ...(status?.addresses ?? []),
    ])
    this.#fetch = egressFetch(this.#guard.egress)
  }

  /** Who proves to be at an address of HTTP; or why nobody does. */
  async who(address: string): Promise<{ readonly did?: Did; readonly problem?: string }> {
    const record = await askPeerRecord(
      address,
      { fetch: this.#fetch, world: realWorld },
      { within: doctorMilliseconds },
    )
    if ('error' in record) return { problem: record.error.message }
    return record.ok ? { did: record.ok.did } : { problem: 'who answers there proves no name' }
  }

  /** By how many seconds the clock there is ahead of ours; undefined where it does not say. */
  async ahead(address: string): Promise<number | undefined> {
    try {
      const before = Date.now()
      const signal = AbortSignal.timeout(doctorMilliseconds)
      const answer = await this.#fetch(`${httpAddress(address)}healthz`, {
        method: 'GET',
        headers: {},
        redirect: 'manual',
        signal,
      })
      await answer.body?.cancel()
      const date = Date.parse(answer.headers.get('date') ?? '')
      // It says whole seconds, of some moment while it was asked.
      return Number.isNaN(date) ? undefined : (date + 500 - (before + Date.now()) / 2) / 1000
    } catch {
      return undefined
    }
  }

  close(): void {
    this.#guard.egress.close()
  }
}

/** Where the node listens, and whether others reach it where it says that it is. */
export async function checkPorts({ config, status, did }: Around, asking: Asking): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf('ports')
  const { host, port } = config.serve
  const findings: Finding[] = []
  if (port !== 0) {
    const isTaken = await isListening(host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port)
    const isOurs = status?.addresses.some(address => portOf(address) === port) ?? false
    if (isTaken && isOurs) findings.push(ok(`port ${port} is this node's`))
    else if (!isTaken) findings.push(ok(`port ${port} is free`))
    else
      findings.push(
        warn(`another program listens on port ${port}`, 'choose another one: ipvm config set serve.port PORT'),
      )
  }
  for (const address of [...new Set([...config.network.addresses, ...(status?.addresses ?? [])])]) {
    if (httpAddress(address) === undefined) continue
    const { did: there, problem } = await asking.who(address)
    if (there && did && sameDid(there, did)) findings.push(ok(`it is reached at ${address}`))
    else if (!status) findings.push(ok(`${address} is not asked: this node is not up`))
    else {
      const what = there ? `${there} answers at ${address}` : `it is not reached at ${address}: ${problem}`
      findings.push(fail(what, 'correct network.addresses, or what leads there: a proxy, a firewall, a router'))
    }
  }
  return findings
}

/** The clock, against those of others. */
export async function checkClock({ config, peers }: Around, asking: Asking): Promise<readonly Finding[]> {
  const { ok, fail } = findingsOf('clock')
  const addresses = [...addressesOf(peers), ...config.network.peers].filter(one => httpAddress(one) !== undefined)
  const all = await Promise.all([...new Set(addresses)].slice(0, askedMax).map(address => asking.ahead(address)))
  const known = all.filter(one => one !== undefined).sort((a, b) => a - b)
  const middle = known[Math.floor(known.length / 2)]
  if (middle === undefined) return [ok('nobody is there to compare it with')]
  const off = Math.round(middle)
  if (Math.abs(off) <= 2) return [ok(`it goes as that of ${known.length} others`)]
  const text = `it is ${Math.abs(off)} s ${off > 0 ? 'behind' : 'ahead of'} that of ${known.length} others`
  if (Math.abs(off) < ucanLimits.leewaySeconds) return [ok(text)]
  return [
    fail(
      `${text}; what is signed here does not hold there`,
      'set it by the network: timedatectl set-ntp true, for one',
    ),
  ]
}

/** The peers: who is there, whether it is they, and until when they let this node do something. */
export async function checkPeers({ peers, status }: Around, asking: Asking, now: number): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf('peers')
  if (peers.peers.length === 0) return [ok('there are none; ipvm invite makes one')]
  const found = peers.peers.slice(0, askedMax).map(async peer => {
    const name = peer.name ?? peer.did
    const findings: Finding[] = []
    const isThere = status?.peers.some(({ did }) => did === peer.did) ?? false
    const address = peer.addresses.find(one => httpAddress(one) !== undefined)
    const asked = address === undefined || isThere ? undefined : await asking.who(address)
    if (isThere) findings.push(ok(`${name} is connected`))
    else if (asked?.did && !sameDid(asked.did, peer.did)) {
      findings.push(
        fail(
          `${asked.did} answers at the address of ${name}`,
          'ask them; where they have a new key, ipvm peers forget and invite them again',
        ),
      )
    } else if (asked?.did) findings.push(ok(`${name} is to be reached${status ? '' : '; this node is not up'}`))
    else
      findings.push(
        warn(
          `${name} is not to be reached${asked ? `: ${asked.problem}` : ''}`,
          'see whether it is up; ipvm connect ADDRESS, where it has moved',
        ),
      )
    const ends = peer.delegations.flatMap(({ exp }) => (exp === null ? [] : [exp]))
    const last = Math.max(...ends, 0)
    if (peer.delegations.length === 0)
      findings.push(warn(`${name} lets this node do nothing`, 'ask them for an invitation: ipvm join LINK'))
    else if (ends.length === peer.delegations.length && last < now) {
      findings.push(
        fail(`what ${name} let this node do has ended`, 'it is renewed when both are up; else ask for an invitation'),
      )
    } else if (ends.length === peer.delegations.length && last - now < expirySecondsLow) {
      findings.push(
        warn(
          `what ${name} lets this node do ends in ${Math.ceil((last - now) / 3600)} hours`,
          'keep both up, so that it is renewed',
        ),
      )
    }
    return findings
  })
  return (await Promise.all(found)).flat()
}

/** How many others are asked. */
const askedMax = 64

/** From when on it is told that a delegation ends, seconds. */
const expirySecondsLow = 3 * 86_400

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: doctorMilliseconds })
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false))
  })
}

function portOf(address: string): number | undefined {
  const url = URL.parse(httpAddress(address) ?? '')
  return url ? Number(url.port || (url.protocol === 'https:' ? 443 : 80)) : undefined
}
