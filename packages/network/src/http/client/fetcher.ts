import type { Egress, EgressFailure } from '@ipvm/egress'
import { never } from '../../deadline.ts'
import type { NetworkProblem } from '../../failure.ts'
import { bodyBytesMax } from '../../limits.ts'
import { media } from '../media.ts'

/** What asks over HTTP: `fetch` of a browser, or one that goes through the guard of a node. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

/** What is asked, in the words of `fetch`. */
export interface FetchInit {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

/** The `fetch` of the platform. It asks whomever it is told to: a node uses {@link egressFetch}. */
export const platformFetch: Fetch = (url, init) => fetch(url, { ...init, cache: 'no-store', credentials: 'omit' })

/** Nothing came back, and why; thrown by a {@link Fetch} that knows. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed'
  readonly problem: NetworkProblem
  readonly sent: boolean

  constructor(problem: NetworkProblem, sent: boolean, message: string) {
    super(message)
    this.problem = problem
    this.sent = sent
  }
}

/**
 * A `fetch` that goes through the guard for everything that leaves a node. It gives whole bodies, up to the limit of
 * one answer: event streams need another way, and are refused here.
 */
export function egressFetch(egress: Pick<Egress, 'request'>): Fetch {
  return async (url, { method, headers, body, signal }) => {
    if (headers.accept === media.events) throw new FetchFailed('Unreachable', false, 'no event streams on this way')
    // The peers of a node are those that a person or a signed record named; the guard's own rules hold besides.
    const asked = {
      method,
      url,
      allows: () => true,
      headers,
      ...(body && { body }),
      bytesMax: bodyBytesMax,
      redirectsMax: 0,
      signal: signal ?? never,
    }
    const answer = await egress.request(asked)
    if ('error' in answer) throw failed(answer.error)
    const { status } = answer.ok
    const hasBody = status !== 204 && status !== 304
    return new Response(hasBody ? answer.ok.body.slice() : null, { status, headers: { ...answer.ok.headers } })
  }
}

function failed({ name, message, sent }: EgressFailure): FetchFailed {
  const problem = name === 'ResponseTooLarge' ? 'TooLarge' : sent ? 'Cut' : 'Unreachable'
  return new FetchFailed(problem, sent, message)
}

/** Codes of Node under which nothing was sent. */
const unsentCodes: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** What a `fetch` has thrown, in our words. A browser does not say whether anything was sent, so it may have been. */
export function fetchFailed(thrown: unknown): { problem: NetworkProblem; sent: boolean; message?: string } {
  if (thrown instanceof FetchFailed) return { problem: thrown.problem, sent: thrown.sent, message: thrown.message }
  const code = codeOf(thrown)
  if (unsentCodes.includes(code)) return { problem: 'Unreachable', sent: false }
  if (code === undefined) return { problem: 'Unreachable', sent: true }
  return { problem: code.startsWith('HPE_') ? 'MalformedAnswer' : 'Cut', sent: true }
}

function codeOf(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code
  }
  return undefined
}
