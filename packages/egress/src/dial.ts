import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, getCACertificates } from 'node:tls'
import { error, ok, type Result } from '@ipvm/ipld'
import type { DialRequest, EgressFailure } from './egress.ts'
import { refusedAddress, type Exception } from './exceptions.ts'
import { codeOf, failure, messageOf } from './failure.ts'
import { addressesMax } from './limits.ts'
import { isHost } from './place.ts'
import type { Resolve } from './resolve.ts'

/** What dialling needs to know. */
export interface DialParts {
  readonly resolve: Resolve
  readonly exceptions: readonly Exception[]
  /** Certificates of authorities beside those of the system, PEM. */
  readonly authorities: readonly string[]
}

/** Where to, and which protocols TLS is to agree on. */
export interface Dialled extends DialRequest {
  readonly protocols?: readonly string[]
}

/**
 * Connects to a host: looks its name up once, refuses it where any of its addresses may not be dialled, and connects to one
 * of these very addresses. Nothing is sent before. Failures: all but those of an answer.
 */
export async function dial(parts: DialParts, to: Dialled): Promise<Result<Socket, EgressFailure>> {
  const addresses = await checkedAddresses(parts, to)
  if ('error' in addresses) return addresses
  const plain = await connected(addresses.ok, to)
  if ('error' in plain || !to.tls) return plain
  return secured(plain.ok, parts, to)
}

/** The addresses of a host, where all of them may be dialled at a port. */
export async function checkedAddresses(
  { resolve, exceptions }: DialParts,
  { host, port, signal }: Omit<DialRequest, 'tls'>,
): Promise<Result<readonly string[], EgressFailure>> {
  if (!isHost(host)) return error(failure('EgressRefused', `"${host}" is not the name of a host`))
  const isAddress = isIP(host) > 0
  const found = isAddress ? ok([host]) : await abortable(resolve(host, signal), host, signal)
  if ('error' in found) return found
  const addresses = found.ok.slice(0, addressesMax)
  if (addresses.length === 0) return error(failure('NoSuchHost', `"${host}" has no address`))
  for (const address of addresses) {
    const kind = refusedAddress(address, port, exceptions)
    if (kind === undefined) continue
    const what = isAddress ? `${host} is` : `"${host}" is at ${address}, which is`
    const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    const message = `${what} not public (${kind}); where it is meant, add "${place}" to "egress": {"private": […]} of the config`
    return error(failure('EgressRefused', message))
  }
  return ok(addresses)
}

/** The system's own look-up cannot be ended; nobody waits for it then. */
function abortable<T>(work: Promise<Result<T, EgressFailure>>, host: string, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<Result<T, EgressFailure>>()
  const late = () =>
    resolve(error(failure('Unreachable', `"${host}" was not looked up in time: the name server is slow`)))
  signal.addEventListener('abort', late, { once: true })
  if (signal.aborted) late()
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', late))
}

function connected(addresses: readonly string[], to: Dialled): Promise<Result<Socket, EgressFailure>> {
  const [first = ''] = addresses
  const all = addresses.map(address => ({ address, family: isIP(address) }))
  const socket =
    all.length === 1
      ? connect({ host: first, port: to.port })
      : connect({
          ...{ host: to.host, port: to.port, autoSelectFamily: true },
          // Asked in place of the system: what was checked is what is dialled.
          lookup: (_host, options, found) => (options.all ? found(null, all) : found(null, first, all[0]?.family)),
        })
  socket.setNoDelay(true)
  return settled(socket, 'connect', to, thrown => {
    const why = messageOf(thrown)
    return failure('Unreachable', `${to.host}:${to.port} cannot be reached: ${why}`)
  })
}

async function secured(plain: Socket, parts: DialParts, to: Dialled): Promise<Result<Socket, EgressFailure>> {
  const socket = connectTls({
    ...{ socket: plain, host: to.host, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    ...(isIP(to.host) === 0 && { servername: to.host }),
    ...(to.protocols && { ALPNProtocols: [...to.protocols] }),
    ...authoritiesOf(parts.authorities),
  })
  return settled(socket, 'secureConnect', to, thrown => {
    const isLost = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(codeOf(thrown))
    const message = `${to.host}:${to.port} is not who it should be, or speaks no TLS: ${messageOf(thrown)}`
    return isLost
      ? failure('Unreachable', `${to.host}:${to.port} hung up while TLS was agreed on`)
      : failure('InvalidTls', message)
  })
}

/** Waits until a socket is ready. It is destroyed where it is not to be. */
function settled(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  { host, port, signal }: Dialled,
  why: (thrown: unknown) => EgressFailure,
): Promise<Result<Socket, EgressFailure>> {
  return new Promise(resolve => {
    const end = (result: Result<Socket, EgressFailure>) => {
      signal.removeEventListener('abort', late)
      socket.off('error', failed).off(ready, done).off('close', closed)
      if ('error' in result) socket.on('error', () => {}).destroy()
      resolve(result)
    }
    const late = () => end(error(failure('Unreachable', `${host}:${port} did not answer in time`)))
    const failed = (thrown: unknown) => end(error(why(thrown)))
    const closed = () => end(error(failure('Unreachable', `${host}:${port} hung up`)))
    const done = () => end(ok(socket))
    socket.once('error', failed).once(ready, done).once('close', closed)
    signal.addEventListener('abort', late, { once: true })
    if (signal.aborted) late()
  })
}

/** What is trusted: the system's authorities, and those of the config beside them. */
export function authoritiesOf(own: readonly string[]): { ca?: string[] } {
  return own.length === 0 ? {} : { ca: [...getCACertificates('default'), ...own] }
}
