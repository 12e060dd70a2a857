import type { EgressFailure, EgressResponse } from '@ipvm/egress'
import type { EffectOutcome } from '@ipvm/runtime'

/** What an attempt that failed says of the next one. */
export type Verdict = Exclude<EffectOutcome, { ok: unknown }>['verdict']

/** Whether it matters that it may have been done. */
export type Kind = 'query' | 'mutation'

const refusals = new Set(['EgressRefused', 'TooManyRedirects', 'NoSuchHost', 'InvalidTls'])

/** What follows from a failure without an answer. */
export function verdictOf({ name, sent }: EgressFailure, kind: Kind): Verdict {
  // It was answered by a redirect, if it was sent at all: nothing was done there.
  if (refusals.has(name)) return 'final'
  if (kind === 'query') return name === 'ResponseTooLarge' ? 'final' : 'again'
  return sent ? 'unknown' : 'again'
}

/** Statuses by which a server says that it has not begun, and may be asked again. */
const notBegun = new Set([408, 425, 429, 503])

/** Faults of a server that asking again does not mend: not implemented, the version of HTTP, a loop. */
const lasting = new Set([501, 505, 508, 510, 511])

/** What follows from an answer that is not a value for the task. */
export function statusVerdict(status: number, kind: Kind, attempt: number): Verdict {
  if (notBegun.has(status)) return 'again'
  // A request under the same key may be under way there still.
  if (kind === 'mutation' && status === 409 && attempt > 1) return 'unknown'
  if (status < 500 || lasting.has(status)) return 'final'
  return kind === 'query' ? 'again' : 'unknown'
}

/** How long a server asks to wait, milliseconds (RFC 9110 § 10.2.3). */
export function retryAfter({ headers }: EgressResponse, now: number): number | undefined {
  const said = headers['retry-after']?.trim() ?? ''
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1000
  const date = said.endsWith('GMT') ? Date.parse(said) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
