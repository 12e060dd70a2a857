import type { Network } from '@ipvm/network'
import type { Others } from '@ipvm/runtime'
import type { ServiceContext } from './context.ts'
import { remote } from './remote/remote.ts'

/** Of what a service is made. */
export type ServiceParts = Omit<ServiceContext, 'network'>

/** A node as others meet it. */
export class Service {
  /** What its runtime asks others by. */
  readonly others: Others
  readonly #context: ServiceContext
  #network: Network | undefined

  constructor(parts: ServiceParts) {
    this.#context = { ...parts, network: () => this.#network }
    this.others = { ...remote(this.#context) }
  }

  /** Goes to the others: answers them, and asks them, from now on. */
  open(network: Network): void {
    this.#network = network
    this.#context.log(`reached at ${network.addresses.join(', ')}`)
  }

  async close(): Promise<void> {
    await this.#network?.close()
    this.#network = undefined
  }
}
