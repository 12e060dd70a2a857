import type { Network } from '@ipvm/network'
import type { Others } from '@ipvm/runtime'
import type { ServiceContext } from './context.ts'
import { Receipts } from './receipts/receipts.ts'

/** Of what a service is made. */
export type ServiceParts = Omit<ServiceContext, 'network'>

/** A node as others meet it. */
export class Service {
  /** What its runtime asks others by. */
  readonly others: Others
  /** What it has in common with others. */
  readonly receipts: Receipts
  readonly #context: ServiceContext
  #network: Network | undefined

  constructor(parts: ServiceParts) {
    this.#context = { ...parts, network: () => this.#network }
    this.receipts = new Receipts(this.#context)
    this.others = { find: (task, profile, signal) => this.receipts.find(task, profile, signal) }
  }

  /** Goes to the others: answers them, and asks them, from now on. */
  open(network: Network): void {
    this.#network = network
    this.receipts.open(network)
    this.#context.log(`reached at ${network.addresses.join(', ')}`)
  }

  async close(): Promise<void> {
    await this.receipts.close()
    await this.#network?.close()
    this.#network = undefined
  }
}
