import type { Server } from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import { setTimeout as wait } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { ok, type Result } from '@ipvm/ipld'
import type { ServeConfig } from '../config/config.ts'
import {
  connectionsDefault,
  connectionsPerAddressDefault,
  drainSecondsDefault,
  lastWordsMilliseconds,
  takeMilliseconds,
} from '../limits.ts'
import type { IpvmNode } from '../node.ts'
import { isLoopback } from './address.ts'
import { nodeApp, type MetricsParts } from './app.ts'
import { readCertificate, watchCertificate, type BadCertificate, type CertificateFiles } from './certificate.ts'
import { Front } from './front.ts'
import { Gate } from './gate.ts'
import { goToOthersOverHttp } from './http-network.ts'
import { listenerOf } from './listener.ts'
import { Sessions } from './sessions.ts'
import { listenAt, plainServer, secureServer, type AddressUnusable, type Listener } from './sockets.ts'
import { UnderWay } from './under-way.ts'

export { Front } from './front.ts'
export type { MetricsParts } from './app.ts'
export type { BadCertificate } from './certificate.ts'
export type { AddressUnusable } from './sockets.ts'

/** Where and how a node is reached over HTTP; what is absent is as it is where its config says nothing. */
export interface ServeOptions extends Partial<Omit<ServeConfig, 'isAsked' | 'metrics'>> {
  readonly host: string
  /** 0 lets the system choose one. */
  readonly port: number
  /** What others see of the node; where it is absent, the node goes to the others over HTTP alone. */
  readonly front?: Front
  /** How long an answer waits for somebody who takes none of it, milliseconds. */
  readonly take?: number
  readonly metrics?: { readonly source: MetricsParts['source']; readonly who: ServeConfig['metrics'] }
  /** Hears of certificates that were read again, or could not be. */
  readonly log?: (line: string) => void
}

/** A server, until it is closed. */
export interface Serving {
  readonly url: string
  /** How many requests are under way. */
  readonly underWay: number
  /**
   * Takes on nothing more, ends what only listens, and says so; resolves when all requests have their answers, or their
   * time is over.
   */
  drain(): Promise<void>
  /** Ends what is left of them, after a moment for answers of what was stopped meanwhile. */
  close(): Promise<void>
}

/** Serves a node over HTTP, within limits of time, size and number. Failures: `AddressUnusable`, `BadCertificate`. */
export async function serve(
  node: IpvmNode,
  options: ServeOptions,
): Promise<Result<Serving, AddressUnusable | BadCertificate>> {
  const { host, port, names = [], trustProxy = [], take = takeMilliseconds } = options
  const front = options.front ?? new Front(trustProxy)
  const underWay = new UnderWay(() => closeIdle(server))
  const answer = getRequestListener(nodeApp(appParts(node, front, options)))
  const listener = listenerOf(answer, { names, underWay, take })
  const made = await makeServer(listener, options)
  if ('error' in made) return made
  const { server, unwatch } = made.ok
  const gate = new Gate(options.connectionsPerAddress ?? connectionsPerAddressDefault, trustProxy)
  const sessions = new Sessions()
  server.on('connection', socket => gate.enter(socket))
  if ('setSecureContext' in server) server.on('session', session => sessions.add(session))
  const bound = await listenAt(server, host, port)
  if ('error' in bound) {
    unwatch()
    return bound
  }
  const scheme = 'setSecureContext' in server ? 'https' : 'http'
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound.ok}`
  if (!options.front) await goToOthersOverHttp(node, front, [`${url}/`])
  let closed: Promise<void> | undefined
  const stop = () => {
    front.close()
    closed ??= new Promise(resolve => server.close(() => resolve()))
    closeIdle(server)
    sessions.end()
    return underWay.end()
  }
  return ok({
    url,
    get underWay() {
      return underWay.count
    },
    drain: () => within((options.drain ?? drainSecondsDefault) * 1000, stop()),
    close: async () => {
      unwatch()
      await within(lastWordsMilliseconds, stop())
      gate.destroyAll()
      sessions.destroy()
      await closed
    },
  })
}

function appParts(node: IpvmNode, front: Front, { origins = [], metrics }: ServeOptions) {
  const isOpen = (env: unknown) => metrics?.who === 'loopback' && isLoopback(front.directAddressOf(env))
  const { authorise } = front
  return {
    events: node.events,
    network: () => front.app,
    health: () => front.health(),
    origins,
    ...(metrics &&
      metrics.who !== 'off' && {
        metrics: { source: metrics.source, isOpen, authorise, addressOf: (env: unknown) => front.addressOf(env) },
      }),
  }
}

type Made = { readonly server: Server | Http2SecureServer; readonly unwatch: () => void }

async function makeServer(
  listener: Listener,
  { connections = connectionsDefault, take = takeMilliseconds, tls = {}, log }: ServeOptions,
): Promise<Result<Made, BadCertificate>> {
  const { cert, key } = tls
  if (cert === undefined || key === undefined) {
    return ok({ server: plainServer(listener, { connections, take }), unwatch: () => {} })
  }
  const files: CertificateFiles = { cert, key }
  const certificate = await readCertificate(files)
  if ('error' in certificate) return certificate
  const server = secureServer(listener, certificate.ok, { connections, take })
  const unwatch = watchCertificate(files, now => {
    if ('ok' in now) server.setSecureContext({ cert: now.ok.cert, key: now.ok.key, minVersion: 'TLSv1.2' })
    log?.('ok' in now ? `the certificate of ${cert} is served now` : `the old certificate stays: ${now.error.message}`)
  })
  return ok({ server, unwatch })
}

/** Connections of HTTP/1.1 on which nothing is asked. */
function closeIdle(server: Server | Http2SecureServer): void {
  if ('closeIdleConnections' in server) server.closeIdleConnections()
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const late = new AbortController()
  const over = wait(milliseconds, undefined, { signal: late.signal }).catch(() => {})
  await Promise.race([work, over])
  late.abort()
}
