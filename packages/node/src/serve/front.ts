import type { App } from '@ipvm/network/http/server'
import { addressOf } from './http-network.ts'

/** The side of a node that others see over HTTP, whether or not it is served now. */
export class Front {
  #app: App | undefined

  /** What its network answers over HTTP. */
  get app(): App | undefined {
    return this.#app
  }

  /** Answers what its network does, from now on. */
  open(app: App): void {
    this.#app = app
  }

  /** Who asks, as it is counted. */
  addressOf(env: unknown): string | undefined {
    return addressOf(env)
  }
}
