import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Egress } from '@ipvm/egress'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { assertPeer, limits, type Host, type OpenTransport } from '@ipvm/network'
import type { Did, Signer } from '@ipvm/varsig'
import type { Home, UnusableHome } from '../home.ts'
import { peerRecordSeconds } from '../limits.ts'
import { realWorld } from '../world.ts'
import { peerSeed } from './peer-seed.ts'

/** libp2p is asked for and cannot be had; the message says what to do. */
export interface NoLibp2p extends Failure {
  readonly name: 'NoLibp2p'
}

/** How a node takes part in libp2p: `network.libp2p` of its config, and `network.bootstrap`. */
export interface Libp2pConfig {
  readonly listen: readonly string[]
  readonly announce: readonly string[]
  readonly bootstrap: readonly string[]
  readonly mdns: boolean
  readonly relay: boolean
  readonly dht: boolean
  readonly bitswap: boolean
}

/** Whether a config asks for libp2p: it listens somewhere, or somebody is to be connected to. */
export function usesLibp2p({ listen, bootstrap }: Libp2pConfig): boolean {
  return listen.length + bootstrap.length > 0
}

/** Of what the transport of a node over libp2p is made. */
export interface Libp2pParts {
  readonly config: Libp2pConfig
  readonly home: Pick<Home, 'folder'>
  /** What its peer id comes from; kept in its home, where it is not given. */
  readonly seed?: Uint8Array
  readonly signer: Signer
  /** The guard through which this node goes to its peers. */
  readonly egress: Pick<Egress, 'check'>
  /** Whether it deals with an agent: whether that is in its list of peers. Nobody else hears more than who it is. */
  readonly knows: (did: Did) => boolean
  /** Whether an agent may hear what is said in topics: gossip asks for no authority. */
  readonly hears: (did: Did) => boolean
  /** A container of what an agent has given to this node, for those who do not know it. */
  readonly proofs?: (agent: Did) => Promise<Uint8Array | undefined>
  /** Where else others reach this node, for its record. */
  readonly addresses?: () => readonly string[]
}

const nodeMajorMin = 22

const checkWithin = 5000

/**
 * The transport over libp2p, whose packages are optional: they are loaded when they are asked for. Failures: `NoLibp2p`,
 * `UnusableHome`.
 */
export async function openLibp2p(parts: Libp2pParts): Promise<Result<OpenTransport, NoLibp2p | UnusableHome>> {
  const { config, home, egress, knows, hears } = parts
  const loaded = await loadLibp2p()
  if ('error' in loaded) return loaded
  const seed = parts.seed ? ok(parts.seed) : await peerSeed(home)
  if ('error' in seed) return seed
  const { listen, announce, bootstrap, mdns, relay, dht, bitswap } = config
  const open = loaded.ok({
    ...{ seed: seed.ok, listen, announce, bootstrap },
    ...{ isLocal: mdns, isRelay: relay, isRouting: dht, isBitswap: bitswap },
    record: peerAddress => ownRecord(parts, peerAddress),
    ...(parts.proofs && { proofs: parts.proofs }),
    mayDial: dialling(egress, { isLocal: mdns, named: [...bootstrap, ...listen] }),
  })
  const closed = (host: Host): Host => ({
    ...host,
    admits: peer => peer.did !== undefined && knows(peer.did) && host.admits(peer),
    mayHear: (topic, peer) => peer.did !== undefined && hears(peer.did) && host.mayHear(topic, peer),
  })
  return ok(host => open(closed(host)))
}

/** Where this node is, signed: by its peer id first, which is what it is asked about. */
async function ownRecord(parts: Libp2pParts, peerAddress: string): Promise<Uint8Array> {
  const { config, signer, addresses = () => [] } = parts
  const all = [...new Set([peerAddress, ...config.announce, ...addresses()])]
  const told = all.filter(({ length }) => length <= limits.addressLengthMax).slice(0, limits.addressesMax)
  return (await assertPeer(told, realWorld.now() + peerRecordSeconds, signer)).bytes
}

async function loadLibp2p(): Promise<Result<typeof import('@ipvm/network/libp2p').libp2pTransport, NoLibp2p>> {
  const major = Number(process.versions.node.split('.')[0])
  if (major < nodeMajorMin) {
    return noLibp2p(`libp2p needs Node ${nodeMajorMin} or newer, and this is ${process.versions.node}; run a newer one`)
  }
  try {
    return ok((await import('@ipvm/network/libp2p')).libp2pTransport)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_MODULE_NOT_FOUND')) throw thrown
    const missing = /'([^']+)'/.exec(thrown.message)?.[1] ?? 'a package of libp2p'
    return noLibp2p(`${missing} is not installed: libp2p is optional; install again without --omit=optional`)
  }
}

function noLibp2p(problem: string): Result<never, NoLibp2p> {
  return error({
    name: 'NoLibp2p',
    message: `${problem}, or do without libp2p: see network.libp2p in the config, and ipvm peers`,
  })
}

const localNetworks = new BlockList()
localNetworks.addSubnet('10.0.0.0', 8)
localNetworks.addSubnet('172.16.0.0', 12)
localNetworks.addSubnet('192.168.0.0', 16)
localNetworks.addSubnet('169.254.0.0', 16)
localNetworks.addSubnet('fc00::', 7, 'ipv6')
localNetworks.addSubnet('fe80::', 10, 'ipv6')

/**
 * The word of the guard about an address of libp2p (ADR 96): what its owner has named, what is in public, what the guard
 * lets through besides and, where they look around in the local network, that. A name is looked up once more when it is
 * dialled, and may then lead elsewhere; what it leads to still has to prove its peer id.
 */
export function dialling(
  egress: Pick<Egress, 'check'>,
  { isLocal, named }: { readonly isLocal: boolean; readonly named: readonly string[] },
): (address: string) => Promise<boolean> {
  const places = new Set(named.flatMap(address => placeOf(address)?.text ?? []))
  return async address => {
    const place = placeOf(address)
    if (!place) return /^\/p2p\/[^/]+$/.test(address)
    if (places.has(place.text) || (isLocal && isInLocalNetwork(place.host))) return true
    const late = new AbortController()
    const cancel = realWorld.after(checkWithin, () => late.abort())
    const checked = await egress.check({ host: place.host, port: place.port, signal: late.signal }).finally(cancel)
    return 'ok' in checked
  }
}

function isInLocalNetwork(host: string): boolean {
  return isIP(host) > 0 && localNetworks.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}

interface Place {
  readonly host: string
  readonly port: number
  readonly text: string
}

function placeOf(address: string): Place | undefined {
  const [text, host = '', port] =
    /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/(?:tcp|udp)\/(\d{1,5})(?=\/|$)/.exec(address) ?? []
  return text === undefined ? undefined : { host, port: Number(port), text }
}
