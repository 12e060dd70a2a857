import { ok, type Result } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import type { NodeConfig } from '../config/config.ts'
import type { Home, UnusableHome } from '../home.ts'
import type { NoLibp2p } from '../network/libp2p.ts'
import { goToOthers, type AmongOthers } from '../network/go-to-others.ts'
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
  /** Whether it goes on without being served. */
  #isLeft = false
  #told: string | undefined

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
    const { bodyBytes: bodyBytesMax, fileBytes: putBytesMax } = network.limits
    const http = {
      origins: served.origins,
      closing: front.closing,
      putBytesMax,
      ...(didWeb !== undefined && { didWeb }),
    }
    const libp2p = { ...network.libp2p, bootstrap: network.bootstrap }
    const ways = { addresses: network.addresses, others: network.peers, libp2p, bodyBytesMax }
    const others = await goToOthers(node, { ...{ home, signer, egress, log, config: http, http: front }, ...ways })
    return 'error' in others ? others : ok(new Site(node, parts, front, others.ok))
  }

  /**
   * Serves over HTTP, for this machine alone where nobody has said more; gives the URL when that begins. A port that is
   * taken is told, and the node goes on without, where nobody asked for it.
   * Failures: those of {@link serve}.
   */
  async look(): Promise<Result<string | undefined, AddressUnusable | BadCertificate>> {
    const { config, metrics, log } = this.#parts
    const { public: open, addresses } = config.network
    const isAsked = config.serve.isAsked || open.length > 0 || addresses.length > 0
    const isWanted = isAsked || this.#node.events.isServed
    if (this.#serving && isWanted) this.#tell(this.#serving.url)
    if (this.#serving || (this.#isLeft && !isWanted)) return ok(undefined)
    const { metrics: who, isAsked: _, ...options } = config.serve
    const told = metrics && { metrics: { source: metrics, who } }
    const serving = await serve(this.#node, { ...options, ...told, front: this.#front, log })
    if ('error' in serving) {
      if (isWanted) return serving
      this.#isLeft = true
      log(`not served over HTTP: ${serving.error.message}`)
      return ok(undefined)
    }
    this.#serving = serving.ok
    if (isWanted) this.#tell(serving.ok.url)
    return ok(serving.ok.url)
  }

  /** Has others know where it is served; not where nobody asked for that, since there they find a node of their own. */
  #tell(url: string): void {
    if (this.#told === url) return
    this.#told = url
    this.#others.servedAt(url)
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
