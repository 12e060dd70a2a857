import { openNetwork, type Network, type NetworkOptions } from '@ipvm/network'
import { KeepConnected, type JoinParts } from '@ipvm/service'
import type { Home } from '../home.ts'
import { networkStatusMilliseconds } from '../limits.ts'
import type { IpvmNode } from '../node.ts'
import { realWorld } from '../world.ts'
import { addressesOf, type PeerEgress } from './peer-egress.ts'
import { removeStatus, writeStatus } from './status-file.ts'

/** How a node goes to the others. */
export interface OpenOptions extends Pick<NetworkOptions, 'transports' | 'answer' | 'block'> {
  readonly node: IpvmNode
  readonly home: Home
  readonly join: JoinParts
  /** The guard of its transports, which lets through its peers. */
  readonly guard: PeerEgress
  /** Addresses that it stays connected to beside those of its peers. */
  readonly others?: readonly string[]
  readonly log: (line: string, cause?: unknown) => void
}

/** A node that is among the others, until it is closed. */
export interface OpenedNetwork {
  readonly network: Network
  close(): Promise<void>
}

/**
 * Takes a node to the others: answers them, stays connected to its peers, follows the list of them as other processes
 * change it, and says who is there.
 */
export async function openNodeNetwork(options: OpenOptions): Promise<OpenedNetwork> {
  const { node, join, guard, others = [], log, transports, answer, block } = options
  const allow = async () => {
    const peers = await join.book.read()
    if ('ok' in peers) guard.allow([...addressesOf(peers.ok), ...others])
  }
  await allow()
  // Told before those who dial, so that they find the way open.
  const unwatch = join.book.watch(() => void allow())
  const handlers = { ...(answer && { answer }), ...(block && { block }) }
  let status: Status | undefined
  const told = (line: string, cause?: unknown) => {
    log(line, cause)
    // Who is set aside is told to the log alone.
    status?.later()
  }
  const network = await openNetwork({ world: realWorld, transports, ...handlers, log: told })
  const trust = async (executors: readonly (typeof node.did)[]) => {
    const known = await Promise.all(executors.map(executor => node.store.trusts(executor)))
    const trusted = executors.filter((_, i) => !known[i])
    if (trusted.length > 0) await node.store.commit({ trusted })
  }
  node.service.open(network)
  const kept = new KeepConnected({ ...join, network, after: realWorld.after, others, trust, log })
  status = new Status(options.home, network, join)
  await kept.open()
  status.open()
  return {
    network,
    close: async () => {
      unwatch()
      kept.close()
      await status?.close()
      await node.service.close()
    },
  }
}

/** Says to other processes who is there. */
class Status {
  readonly #home: Home
  readonly #network: Network
  readonly #join: JoinParts
  readonly #since = new Map<string, number>()
  readonly #went = new Map<string, number>()
  #stops: readonly (() => void)[] = []
  #soon: (() => void) | undefined
  #written: Promise<void> = Promise.resolve()

  constructor(home: Home, network: Network, join: JoinParts) {
    this.#home = home
    this.#network = network
    this.#join = join
  }

  open(): void {
    const unwatch = this.#network.watch(({ peer, change }) => {
      if (change === 'came') this.#went.delete(peer.name)
      else this.#went.set(peer.name, realWorld.now())
      this.later()
    })
    // Addresses of this node, and whom it forgives, are in the list of peers.
    this.#stops = [unwatch, this.#join.book.watch(() => this.later())]
    this.#write()
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#soon?.()
    await this.#written
    await removeStatus(this.#home)
  }

  later(): void {
    this.#soon ??= realWorld.after(networkStatusMilliseconds, () => {
      this.#soon = undefined
      this.#write()
    })
  }

  #write(): void {
    const now = realWorld.now()
    const there = this.#network.peers()
    const names = new Set(there.map(({ name }) => name))
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name)
    for (const name of names) if (!this.#since.has(name)) this.#since.set(name, now)
    const peers = there.map(peer => ({
      ...peer,
      addresses: [...peer.addresses],
      since: this.#since.get(peer.name) ?? now,
    }))
    const setAside = this.#network
      .setAside()
      .map(([name, { why, remaining }]) => ({ name, why, until: now + Math.ceil(remaining / 1000) }))
    const went = Object.fromEntries([...this.#went].slice(-1024))
    const said = { pid: process.pid, addresses: [...this.#join.addresses()], peers, went, setAside }
    this.#written = this.#written.then(() => writeStatus(this.#home, said))
  }
}
