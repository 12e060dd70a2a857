import { ok, type Result } from '@ipvm/ipld'
import type { Network, Peer } from '@ipvm/network'
import { httpAddress } from '@ipvm/network/http'
import { httpServer, type App, type HttpConfig, type NodeReads } from '@ipvm/network/http/server'
import { bearerOf, doorProof, KeepConnected, noPeers, peerOf } from '@ipvm/service'
import type { KnownPeer, PeerBook, Peers, Service } from '@ipvm/service'
import type { Did, Signer } from '@ipvm/varsig'
import type { EgressConfig } from '../config/config.ts'
import type { Home, UnusableHome } from '../home.ts'
import type { IpvmNode } from '../node.ts'
import { realWorld } from '../world.ts'
import { PeerEgress } from './peer-egress.ts'
import { addressesAt } from './addresses.ts'
import type { Libp2pConfig, NoLibp2p } from './libp2p.ts'
import { Status } from './status.ts'
import { openTransports } from './transports.ts'

/** What serves the HTTP of a node, whenever it does. */
export interface HttpSide {
  /** Answers what others ask, from now on. */
  open(app: App, reads: NodeReads): void
  /** Who asks, as it is counted. */
  addressOf(env: unknown): string | undefined
}

/** How a node goes to the others. */
export interface OthersOptions {
  readonly home: Home
  readonly signer: Signer
  readonly http: HttpSide
  /** How a server of HTTP behaves beside that. */
  readonly config?: Omit<HttpConfig, 'addressOf'>
  readonly egress: Partial<EgressConfig>
  /** Where others reach it, as its owner has set, beside where it listens. */
  readonly addresses?: readonly string[]
  /** Addresses that it stays connected to beside those of its peers. */
  readonly others?: readonly string[]
  /** The largest request that is taken, bytes. */
  readonly bodyBytesMax?: number
  /** How it takes part in libp2p; not at all, where it is absent. */
  readonly libp2p?: Libp2pConfig
  readonly log: (line: string, cause?: unknown) => void
}

/** A node that is among the others, until it is closed. */
export interface AmongOthers {
  readonly network: Network
  /** It is served over HTTP at this URL from now on. */
  servedAt(url: string): void
  close(): Promise<void>
}

/**
 * Takes a node to the others: answers them, stays connected to its peers, follows the list of them as other processes
 * change it, and says to those who is there. Failures: `NoLibp2p`, `UnusableHome`.
 */
export async function goToOthers(
  node: IpvmNode,
  options: OthersOptions,
): Promise<Result<AmongOthers, NoLibp2p | UnusableHome>> {
  const { home, signer, http, config, others = [], libp2p, bodyBytesMax } = options
  const { peers: book } = node
  const service = await node.service()
  let status: Status | undefined
  const log = (line: string, cause?: unknown) => {
    options.log(line, cause)
    // Who is set aside is told to the log alone.
    status?.later()
  }
  const places = new Places(options)
  await places.look(book)
  // Told before those who dial, so that they find the way open.
  const unwatch = book.watch(() => void places.look(book).then(() => status?.later()))
  const server = httpServer({
    node: service.reads,
    config: { ...config, addressOf: (_, env) => http.addressOf(env) },
    serve: app => http.open(app, service.reads),
    log,
  })
  const authorise = bearerOf({ ...service.join, signer, wallet: node.wallet, at: at(book) })
  const knows = (did: Did) => node.open.length > 0 || places.knows(did)
  // Who may ask, since something is open to all or since they may have come to join, does not hear what peers say.
  const hears = (did: Did) => places.isPeer(did)
  const addresses = () => places.addresses
  const transports = await openTransports({
    ...{ home, signer, knows, hears, addresses, egress: places.guard.egress },
    http: { authorise, server, addresses, fetch: places.guard.fetch },
    ...(libp2p && { libp2p }),
    proofs: agent => doorProof(agent, book),
  })
  if ('error' in transports) {
    unwatch()
    places.guard.egress.close()
    return transports
  }
  const admits = ({ did }: Peer) => did !== undefined && knows(did)
  const network = await node.openNetwork(transports.ok, {
    admits,
    log,
    ...(bodyBytesMax !== undefined && { bodyBytesMax }),
  })
  status = new Status(home, network)
  const kept = new KeepConnected({
    ...service.join,
    ...{ network, after: realWorld.after, others, trust: executors => trust(node, service, executors), log },
    leaving: () => service.receipts.revoked(),
  })
  await kept.open()
  status.open()
  return ok({
    network,
    servedAt: url => {
      places.served = addressesAt(url)
      kept.moved()
      status?.later()
    },
    close: async () => {
      unwatch()
      kept.close()
      await status?.close()
      await service.close()
      places.guard.egress.close()
    },
  })
}

/** Where this node is, and where its peers are. */
class Places {
  readonly guard: PeerEgress
  /** Where it is served over HTTP. */
  served: readonly string[] = []
  readonly #set: readonly string[]
  readonly #others: readonly string[]
  #known: Peers = noPeers

  constructor({ egress, addresses = [], others = [] }: OthersOptions) {
    this.guard = new PeerEgress(egress)
    this.#set = addresses
    this.#others = others
  }

  /** What its owner has set comes first: a record has room for some. */
  get addresses(): readonly string[] {
    return [...new Set([...this.#set, ...this.#known.addresses, ...this.served])]
  }

  /** Whether somebody is dealt with by transports that tell their peers apart: a peer, or who may have come to join. */
  knows(did: Did): boolean {
    if (this.isPeer(did)) return true
    return this.#known.invitations.some(({ exp, usedBy }) => usedBy === undefined && exp >= realWorld.now())
  }

  isPeer(did: Did): boolean {
    return peerOf(this.#known, did) !== undefined
  }

  async look(book: PeerBook): Promise<void> {
    const peers = await book.read()
    if ('error' in peers) return
    this.#known = peers.ok
    this.guard.allow(this.#others, peers.ok.peers)
  }
}

/** Whose address that is; who only asks is asked by its name. */
function at(book: PeerBook): (address: string) => Promise<Did | undefined> {
  return async address => {
    const peers = await book.read()
    if ('error' in peers) return undefined
    const isAt = ({ did, addresses }: KnownPeer) =>
      [did, ...addresses].some(one => (httpAddress(one) ?? one) === address)
    return peers.ok.peers.find(isAt)?.did
  }
}

/** Makes results of these executors count here. */
async function trust({ store }: IpvmNode, service: Service, executors: readonly Did[]): Promise<void> {
  const known = await Promise.all(executors.map(executor => store.trusts(executor)))
  const trusted = executors.filter((_, i) => !known[i])
  if (trusted.length > 0) await store.commit({ trusted })
  // Also where another process has done it, or what this node may ask for is all that has changed.
  service.receipts.trustChanged()
}
