import type { Network } from '@ipvm/network'
import type { Home } from '../home.ts'
import { networkStatusMilliseconds, networkStatusWentMax } from '../limits.ts'
import { realWorld } from '../world.ts'
import { removeStatus, writeStatus } from './status-file.ts'

/** Says to other processes who is there. */
export class Status {
  readonly #home: Home
  readonly #network: Network
  readonly #since = new Map<string, number>()
  readonly #went = new Map<string, number>()
  #stop = () => {}
  #soon: (() => void) | undefined
  #written: Promise<void> = Promise.resolve()

  constructor(home: Home, network: Network) {
    this.#home = home
    this.#network = network
  }

  open(): void {
    this.#stop = this.#network.watch(({ peer, change }) => {
      if (change === 'came') this.#went.delete(peer.name)
      else this.#went.set(peer.name, realWorld.now())
      this.later()
    })
    this.#write()
  }

  async close(): Promise<void> {
    this.#stop()
    this.#soon?.()
    await this.#written
    await removeStatus(this.#home)
  }

  /** Something else may have changed: addresses, or who is set aside. */
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
    const peers = there.map(({ name, did, addresses }) => ({
      ...{ name, addresses: [...addresses], since: this.#since.get(name) ?? now },
      ...(did !== undefined && { did }),
    }))
    const setAside = this.#network
      .setAside()
      .map(([name, { why, remaining }]) => ({ name, why, until: now + Math.ceil(remaining / 1000) }))
    const went = Object.fromEntries([...this.#went].slice(-networkStatusWentMax))
    const said = { pid: process.pid, addresses: [...this.#network.addresses], peers, went, setAside }
    this.#written = this.#written.then(() => writeStatus(this.#home, said))
  }
}
