import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { error, ok, type Result } from '@ipvm/ipld'
import type { EgressFailure } from './egress.ts'
import { codeOf, failure, messageOf } from './failure.ts'
import { lookUpsMax } from './limits.ts'

/** Looks a name up: its addresses, IPv4 and IPv6. Failures: `NoSuchHost`, `Unreachable`. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<Result<readonly string[], EgressFailure>>

/**
 * Asks the system, as other programs of this machine do. A name server that hangs would take all threads that the platform
 * has for files, too; so there are few at a time.
 */
export function systemResolve(): Resolve {
  let free = lookUpsMax
  const waiting: (() => void)[] = []
  const next = () => {
    const first = waiting.shift()
    if (first) first()
    else free += 1
  }
  return async (host, signal) => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    if (signal.aborted) {
      next()
      return error(failure('Unreachable', `"${host}" was not looked up in time: the name server is slow`))
    }
    try {
      const found = await lookup(host, { all: true, order: 'verbatim' })
      return ok(found.map(({ address }) => address))
    } catch (thrown) {
      return error(notFound(host, thrown))
    } finally {
      next()
    }
  }
}

/** Asks these name servers alone, such as `127.0.0.1:5353`, and no file of the system. */
export function serversResolve(servers: readonly string[]): Resolve {
  return async (host, signal) => {
    const resolver = new Resolver({ tries: 2, timeout: 3000 })
    resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      const addresses = found.flatMap(one => (one.status === 'fulfilled' ? one.value : []))
      if (addresses.length > 0) return ok(addresses)
      const reasons = found.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
      return error(notFound(host, reasons.find(reason => !isNone(reason)) ?? reasons[0]))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** Whether it names a name server: an address, or `127.0.0.1:5353`, `[2001:4860::8888]:53`. */
export function isNameServer(text: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  return (
    isIP(text) > 0 || (isIP(bracketed ?? plain ?? '') > 0 && Number(port ?? 53) <= 65_535 && Number(port ?? 53) > 0)
  )
}

function isNone(thrown: unknown): boolean {
  return codeOf(thrown) === 'ENOTFOUND' || codeOf(thrown) === 'ENODATA'
}

function notFound(host: string, thrown: unknown): EgressFailure {
  if (thrown === undefined || isNone(thrown)) return failure('NoSuchHost', `no name server knows "${host}"`)
  return failure('Unreachable', `"${host}" could not be looked up: ${messageOf(thrown)}`)
}
