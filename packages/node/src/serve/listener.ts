import { constants, type ServerHttp2Stream } from 'node:http2'
import { requestMilliseconds } from '../limits.ts'
import { isOwnHost } from './host.ts'
import type { Incoming, Listener, Outgoing } from './sockets.ts'
import type { UnderWay } from './under-way.ts'

/** What a listener looks after. */
export interface ListenerParts {
  readonly names: readonly string[]
  readonly underWay: UnderWay
  /** How long an answer waits for somebody who takes none of it, milliseconds. */
  readonly take: number
}

/** Sees to what is of every request, and lets an app answer it. */
export function listenerOf(
  answer: (incoming: Incoming, outgoing: Outgoing) => unknown,
  parts: ListenerParts,
): Listener {
  // The host and the address of the last request: nearly always those of the next.
  let known: readonly [host: string | undefined, local: string | undefined] = [undefined, undefined]
  return (incoming, outgoing) => {
    parts.underWay.add(outgoing)
    const host = hostOf(incoming)
    const { localAddress: local } = incoming.socket
    if (host !== known[0] || local !== known[1]) {
      if (!isOwnHost(host, local, parts.names)) return misdirected(outgoing, host)
      known = [host, local]
    }
    if (hasBody(incoming) && ofEvents.test(incoming.url ?? '')) hurry(incoming)
    if ('stream' in outgoing) letGoOfSlow(outgoing.stream, parts.take)
    void answer(incoming, outgoing)
  }
}

/** The network's app sees to the pace of bodies itself; those of events are small. */
const ofEvents = /^\/(?:fn|hooks)\//

function hostOf(incoming: Incoming): string | undefined {
  return 'authority' in incoming && incoming.authority ? incoming.authority : incoming.headers.host
}

function hasBody(incoming: Incoming): boolean {
  if ('stream' in incoming) return !incoming.stream.endAfterHeaders
  return incoming.headers['transfer-encoding'] !== undefined || Number(incoming.headers['content-length'] ?? 0) > 0
}

function hurry(incoming: Incoming): void {
  const timer = setTimeout(() => incoming.destroy(), requestMilliseconds)
  const stop = () => clearTimeout(timer)
  incoming.once('end', stop).once('close', stop)
}

function letGoOfSlow(stream: ServerHttp2Stream, take: number): void {
  stream.setTimeout(take, () => {
    if (stream.writableLength > 0) stream.close(constants.NGHTTP2_CANCEL)
  })
}

function misdirected(outgoing: Outgoing, host: string | undefined): void {
  const message = `this node does not answer as ${host}; its owner may say that it does: ipvm config set serve.names NAME`
  outgoing.statusCode = 421
  outgoing.setHeader('content-type', 'application/json')
  outgoing.setHeader('cache-control', 'no-store')
  outgoing.end(JSON.stringify({ error: { name: 'Misdirected', message } }))
}
