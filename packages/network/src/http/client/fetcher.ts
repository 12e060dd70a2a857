import type { NetworkProblem } from '../../failure.ts'

/** What asks over HTTP: `fetch` of a browser, or one that goes through the guard of a node. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

/** What is asked, in the words of `fetch`. */
export interface FetchInit {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

/** The `fetch` of the platform. It asks whomever it is told to: a node uses {@link egressFetch}. */
// biome-ignore lint/plugin: this is where it comes in from.
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
