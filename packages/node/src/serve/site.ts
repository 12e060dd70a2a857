import { ok, type Result } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import type { NodeConfig } from '../config/config.ts'
import type { Home, UnusableHome } from '../home.ts'
import type { NoLibp2p } from '../network/libp2p.ts'
import { goToOthers, type AmongOthers } from '../network/open.ts'
import type { IpvmNode } from '../node.ts'
import type { MetricsParts } from './app.ts'
import type { BadCertificate } from './certificate.ts'
import { Front } from './front.ts'
import { serve, type AddressUnusable, type Serving } from './serve.ts'

/** What a site is made with. */
export interface SiteParts {
  readonly home: Home
  readonly signer: Signer
  readonly config: NodeConfig
  readonly metrics?: MetricsParts['source'] | undefined
  readonly log: (line: string) => void
}

/** A node that is up: it goes to the others at once, and is served from when somebody wants that. */
export class Site {
  readonly #node: IpvmNode
  readonly #parts: SiteParts
  readonly #front: Front
  readonly #others: AmongOthers
  #serving: Serving | undefined

  private constructor(node: IpvmNode, parts: SiteParts, front: Front, others: AmongOthers) {
    this.#node = node
    this.#parts = parts
    this.#front = front
    this.#others = others
  }

  /** Goes to the others. Failures: `NoLibp2p`, `UnusableHome`. */
  static async open(node: IpvmNode, parts: SiteParts): Promise<Result<Site, NoLibp2p | UnusableHome>> {
    const { home, signer, log, config } = parts
    const { network, serve: served, egress, didWeb } = config
    const front = new Front(served.trustProxy)
    const http = { origins: served.origins, closing: front.closing, ...(didWeb !== undefined && { didWeb }) }
    const libp2p = { ...network.libp2p, bootstrap: network.bootstrap }
    const ways = { addresses: network.addresses, others: network.peers, libp2p }
    const others = await goToOthers(node, { ...{ home, signer, egress, log, config: http, http: front }, ...ways })
    return 'error' in others ? others : ok(new Site(node, parts, front, others.ok))
  }

  /**
   * Serves over HTTP from when that was asked for, or something is there to be served; gives the URL when that begins.
   * Failures: those of {@link serve}.
   */
  async look(): Promise<Result<string | undefined, AddressUnusable | BadCertificate>> {
    const { config, metrics, log } = this.#parts
    const { public: open, addresses } = config.network
    const isWanted = config.serve.isAsked || open.length > 0 || addresses.length > 0 || this.#node.events.isServed
    if (this.#serving || !isWanted) return ok(undefined)
    const { metrics: who, isAsked: _, ...options } = config.serve
    const told = metrics && { metrics: { source: metrics, who } }
    const serving = await serve(this.#node, { ...options, ...told, front: this.#front, log })
    if ('error' in serving) return serving
    this.#serving = serving.ok
    this.#others.servedAt(serving.ok.url)
    return ok(serving.ok.url)
  }

  /** How many requests are under way. */
  get underWay(): number {
    return this.#serving?.underWay ?? 0
  }

  /**
   * Ends well: takes on nothing more, waits for what is under way as long as the config says, stops the runs, so that
   * who still waits is told where the answer will be, and leaves the others.
   */
  async close(): Promise<void> {
    this.#front.close()
    await this.#serving?.drain()
    await this.#node.events.close()
    await this.#node.runtime.close()
    await this.#serving?.close()
    await this.#others.close()
  }
}
