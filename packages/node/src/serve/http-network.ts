import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { httpTransport } from '@ipvm/network/http'
import { httpServer, type App } from '@ipvm/network/http/server'
import type { IpvmNode } from '../node.ts'

/** A node among others over HTTP: its app, which somebody serves, and its requests, which go through its guard. */
export class HttpNetwork {
  readonly #node: IpvmNode
  #app: App | undefined

  constructor(node: IpvmNode) {
    this.#node = node
  }

  /** What others ask; nothing before it is open. */
  get app(): App | undefined {
    return this.#app
  }

  /** @param addresses where others reach what is served */
  async open(addresses: readonly string[]): Promise<void> {
    const { service, fetch } = this.#node
    const server = httpServer({
      node: service.reads,
      config: { addressOf: (_, env) => addressOf(env) },
      serve: app => {
        this.#app = app
      },
    })
    await this.#node.openNetwork([httpTransport({ fetch, addresses, server })])
  }
}

/** Who is at the other end of a connection: one machine has a whole /64 of IPv6. */
export function addressOf(env: unknown): string | undefined {
  const { remoteAddress: address } = (env as { incoming?: IncomingMessage }).incoming?.socket ?? {}
  if (address === undefined) return undefined
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length)
  return isIPv6(address) && address !== '::1' ? address.split(':').slice(0, 4).join(':') : address
}
