import { isHost } from '@ipvm/egress'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { matchesGlob, parseGlob, type Glob } from '@ipvm/ucan'

/** Which URLs may be asked for. */
export interface UrlPattern {
  readonly scheme: string
  /** A host, or `*.example.com` for all below it, or `*` for any. */
  readonly host: string
  readonly port: string
  /** Over the path and the query. */
  readonly path: Glob
}

/** An entry of an allow-list is no pattern; the message says how one is written. */
export interface MalformedPattern extends Failure {
  readonly name: 'MalformedPattern'
}

/**
 * Reads `https://api.example.com/*`. A star in the path stands for any text (UCAN Delegation § Like); in the host only in
 * place of its first labels, and never beyond the host: `https://*.example.com/*` is not `https://evil.test/.example.com/`
 * (ADR 76).
 */
export function readUrlPattern(text: string): Result<UrlPattern, MalformedPattern> {
  const [, scheme = '', host = '', port = '', path = ''] =
    /^(https?):\/\/(\[[\da-f:.]+\]|[^/:[\]]+)(?::(\d{1,5}|\*))?(\/.*)$/.exec(text) ?? []
  const name = host.replace(/^\*\./, '')
  if (scheme === '' || (host !== '*' && !isHost(name))) {
    const message = `"${text}" says no place; write it whole and in small letters, such as https://api.example.com/* or https://*.example.com/v1/*`
    return error({ name: 'MalformedPattern', message })
  }
  return ok({ scheme: `${scheme}:`, host, port: port === defaultPort(`${scheme}:`) ? '' : port, path: parseGlob(path) })
}

/** Whether a pattern stands for a URL, which is as `URL` prints it. */
export function matchesUrl({ scheme, host, port, path }: UrlPattern, text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.protocol !== scheme) return false
  const isPort = port === '*' || url.port === port
  const isThere = host === '*' || (host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host)
  return isPort && isThere && matchesGlob(path, `${url.pathname}${url.search}`)
}

function defaultPort(scheme: string): string {
  return scheme === 'https:' ? '443' : '80'
}
