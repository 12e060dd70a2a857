import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'

/** A figure that is a ratio: the median of the rounds' ratios, each of what was measured in one round. */
export function ratioFigure(
  what: string,
  {
    asked,
    ratios,
    note,
  }: { readonly asked: `${'≥' | '≤'} ${number}`; readonly ratios: readonly number[]; readonly note?: string },
): Figure {
  const measured = median(ratios)
  return { ...limitFigure(what, { asked, measured, unit: '×' }), ...(note !== undefined && { note }) }
}

/** A figure with a bound in some unit. */
export function limitFigure(
  what: string,
  {
    asked,
    measured,
    unit,
    note,
  }: { asked: `${'≥' | '≤' | '<'} ${number}`; measured: number; unit: string; note?: string },
): Figure {
  const [sign, bound] = asked.split(' ')
  const limit = Number(bound)
  const reached = sign === '≥' ? measured >= limit : sign === '<' ? measured < limit : measured <= limit
  const gap = unit === '×' || unit === '' ? '' : ' '
  return {
    what,
    asked: `${asked}${gap}${unit}`,
    measured: `${round(measured)}${gap}${unit}`,
    reached,
    ...(note !== undefined && { note }),
  }
}

/** Three digits that count. */
export function round(number: number): string {
  if (Number.isNaN(number)) return 'none'
  if (number === 0 || Math.abs(number) >= 100) return number.toFixed(0)
  return number.toPrecision(3)
}

/** Ratios of two lists, round by round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.map((one, round) => one / (theirs[round] ?? Number.NaN))
}

/** The smallest value that so large a share of them does not exceed; sorts them. */
export function percentile(values: Float64Array | number[], share: number): number {
  const sorted = values.toSorted((a: number, b: number) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
