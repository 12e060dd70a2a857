import type { Egress } from '@ipvm/egress'
import type { Network, NetworkOptions, OpenTransport } from '@ipvm/network'
import type { Fetch } from '@ipvm/network/http'
import type { Others } from '@ipvm/runtime'
import type { Service, ServiceParts } from '@ipvm/service'
import { realWorld } from '../world.ts'

/** Who is dealt with, how much of them is taken, and who hears what goes on. */
export type OpenOptions = Pick<NetworkOptions, 'admits' | 'log' | 'bodyBytesMax'>

/**
 * What a node is to others, from when somebody is dealt with: much is loaded for it that a node needs not which is opened
 * to look into its store.
 */
export class LateService {
  readonly #parts: () => ServiceParts
  #loading: Promise<Service> | undefined
  #service: Service | undefined

  constructor(parts: () => ServiceParts) {
    this.#parts = parts
  }

  load(): Promise<Service> {
    this.#loading ??= import('@ipvm/service').then(({ Service }) => (this.#service = new Service(this.#parts())))
    return this.#loading
  }

  /** What its runtime asks others by; as long as there is no service there is nobody to be found, or to come. */
  readonly others: Others = {
    find: (task, profile, signal) => this.#service?.others.find?.(task, profile, signal),
    ask: async (asking, wait, signal) => {
      const { others } = await this.load()
      return others.ask(asking, wait, signal)
    },
    onCame: (agent, callback) => this.#service?.others.onCame(agent, callback) ?? (() => {}),
    addresses: async agent => (await this.load()).others.addresses(agent),
    proofs: async (sub, cmd) => (await this.load()).others.proofs(sub, cmd),
  }

  /** Goes to the others by these ways: answers them, and asks them, until it is closed. */
  async open(transports: readonly OpenTransport[], options: OpenOptions): Promise<Network> {
    const [service, { openNetwork }] = await Promise.all([this.load(), import('@ipvm/network')])
    const { answer, block, mayHear, admitsBy } = service
    const network = await openNetwork({ ...options, world: realWorld, transports, answer, block, mayHear, admitsBy })
    service.open(network)
    return network
  }

  async close(): Promise<void> {
    await (await this.#loading)?.close()
  }
}

/** The `fetch` of the guard for all that leaves a node, loaded when something does. */
export function lateFetch(egress: Egress): Fetch {
  let loading: Promise<Fetch> | undefined
  return async (...request) => {
    loading ??= import('@ipvm/network/http/egress').then(({ egressFetch }) => egressFetch(egress))
    return (await loading)(...request)
  }
}
