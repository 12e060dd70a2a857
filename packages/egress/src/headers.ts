import type { IncomingHttpHeaders } from 'node:http'
import { error, ok, type Result } from '@ipvm/ipld'
import type { EgressFailure } from './egress.ts'
import { failure } from './failure.ts'
import { requestHeaderBytesMax, requestHeadersMax } from './limits.ts'

/** What the guard says itself, since a connection and the bounds of a message hang on it (RFC 9110 § 7.6.1, RFC 9112). */
const own = new Set([
  ...['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect'],
  ...['accept-encoding', 'http2-settings', 'content-encoding'],
])

/** What may be told to another place than the one that was meant: it says nothing of who asks. */
const harmless = new Set(['accept', 'accept-language', 'user-agent', 'range', 'cache-control'])

/** Checks the headers of a request, and gives them with names in lower case. Failures: `EgressRefused`. */
export function readHeaders(
  headers: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, string>>, EgressFailure> {
  const entries = Object.entries(headers)
  if (entries.length > requestHeadersMax)
    return refused(`the request has ${entries.length} headers; at most ${requestHeadersMax} may be`)
  const read = new Map<string, string>()
  let bytes = 0
  for (const [name, value] of entries) {
    const lower = name.toLowerCase()
    const problem = problemOf(lower, value)
    if (problem !== undefined) return refused(`the header ${JSON.stringify(name.slice(0, 80))} ${problem}`)
    if (read.has(lower)) return refused(`the header "${lower}" stands twice, in two spellings`)
    read.set(lower, value)
    bytes += lower.length + value.length + 4
  }
  if (bytes > requestHeaderBytesMax)
    return refused(`the headers have ${bytes} bytes; at most ${requestHeaderBytesMax} may be`)
  return ok(Object.fromEntries(read))
}

/** Its value is not told: it may be a secret. */
function problemOf(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name)) return 'has a name with characters that may not be in one'
  if (own.has(name) || name.startsWith('proxy-')) return 'is set by ipvm itself; leave it out'
  if (!/^[\t\x20-\x7e]*$/.test(value)) return 'has a value with line breaks or other characters that may not be in one'
  return value === value.trim() ? undefined : 'has a value with white space around it'
}

/** What is about one connection alone, and says nothing of what came over it. */
const passing = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer'])
/** What is not so any more once a body is decoded. */
const encoded = new Set(['content-encoding', 'content-length'])

/** What of the headers may go along to another place. */
export function harmlessOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)))
}

/** The headers of an answer, several of one name in one line. */
export function answerHeaders(headers: IncomingHttpHeaders, isDecoded: boolean): Readonly<Record<string, string>> {
  const read: [string, string][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || passing.has(name) || (isDecoded && encoded.has(name))) continue
    read.push([name, Array.isArray(value) ? value.join(name === 'set-cookie' ? '\n' : ', ') : value])
  }
  return Object.fromEntries(read)
}

function refused(message: string): { readonly error: EgressFailure } {
  return error(failure('EgressRefused', message))
}
