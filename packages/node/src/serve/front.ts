import { error } from '@ipvm/ipld'
import type { App, Health, NodePort, NodeReads } from '@ipvm/network/http/server'
import { clientOf, countedAs } from './address.ts'

/** The side of a node that others see over HTTP, whether or not it is served now. */
export class Front {
  readonly #closing = new AbortController()
  readonly #proxies: readonly string[]
  #network: { readonly app: App; readonly reads: NodeReads } | undefined

  /** @param proxies whose word of who asks is taken */
  constructor(proxies: readonly string[] = []) {
    this.#proxies = proxies
  }

  /** Aborted when the node is about to end. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** What its network answers over HTTP. */
  get app(): App | undefined {
    return this.#network?.app
  }

  /** Answers what its network does, from now on. */
  open(app: App, reads: NodeReads): void {
    this.#network = { app, reads }
  }

  close(): void {
    this.#closing.abort()
  }

  /** Whether all is well, and why not; how much goes on is told to those who may know it (`/node/read`). */
  async health(): Promise<Health> {
    if (this.closing.aborted) return { isWell: false, draining: true }
    const { isWell, problem } = (await this.#network?.reads.health?.()) ?? { isWell: true }
    return { isWell, ...(problem !== undefined && { problem }) }
  }

  readonly authorise: NodePort['authorise'] = async (asked, bearer) =>
    this.#network ? this.#network.reads.authorise(asked, bearer) : error(closed)

  /** Who asks, as it is counted. */
  addressOf(env: unknown): string {
    const request = requestIn(env)
    const { remoteAddress = 'unknown' } = request?.socket ?? {}
    return countedAs(clientOf(remoteAddress, headerOf(request, 'x-forwarded-for'), this.#proxies))
  }

  /** The address of the connection itself; nothing where a proxy asks for somebody else. */
  directAddressOf(env: unknown): string | undefined {
    const request = requestIn(env)
    const isProxied = ['x-forwarded-for', 'forwarded', 'via'].some(name => headerOf(request, name) !== undefined)
    return isProxied ? undefined : request?.socket.remoteAddress
  }
}

const closed = { name: 'Refused', status: 401, message: 'only its owner may read that' } as const

/** What Node knows of a request, as far as it is needed here. */
interface Asking {
  readonly socket: { readonly remoteAddress?: string }
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

function requestIn(env: unknown): Asking | undefined {
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return undefined
  return isAsking(env.incoming) ? env.incoming : undefined
}

function isAsking(value: unknown): value is Asking {
  return typeof value === 'object' && value !== null && 'socket' in value && 'headers' in value
}

function headerOf(request: Asking | undefined, name: string): string | undefined {
  const value = request?.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}
