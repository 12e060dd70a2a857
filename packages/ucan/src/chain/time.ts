import type { UnixSeconds } from '../claim/claim.ts'
import { printTime } from '../claim/print-time.ts'
import { leewaySeconds } from '../limits.ts'
import type { Fault } from './refusal.ts'

/** When a token counts. */
export interface TimeBounds {
  readonly nbf?: UnixSeconds
  readonly exp: UnixSeconds | null
}

/**
 * What is wrong with the time, if anything. `exp` itself still counts, `nbf` counts already; clocks may differ by the
 * leeway (UCAN Delegation § Time Bounds).
 */
export function checkTimeBounds(
  { nbf, exp }: TimeBounds,
  now: UnixSeconds,
  leeway = leewaySeconds,
): Pick<Fault, 'name' | 'message' | 'field'> | undefined {
  // Compared with NaN, nothing is ever too late.
  if (!Number.isFinite(now) || !Number.isFinite(leeway)) throw new RangeError('the time and its leeway are seconds')
  if (nbf !== undefined && now + leeway < nbf) {
    return { name: 'TooEarly', message: `counts from ${nbf} only, in ${nbf - now} seconds; wait`, field: 'nbf' }
  }
  if (exp !== null && now - leeway > exp) {
    return {
      name: 'Expired',
      message: `expired at ${printTime(exp)}, ${now - exp} seconds ago; get a new one`,
      field: 'exp',
    }
  }
  return undefined
}
